/** What reports count is kept with each decision, and is what a slow computation over the whole life gives. */
import fc from 'fast-check';
import type { Pool } from 'pg';
import { stepOf, type Entry } from '../../src/domain/timeline';
import { createDatabase, type TestDatabase } from '../support/servers';
import { createPool } from '../../src/db/pool';
import { countOlder, rebuildAll } from '../../src/maintenance/rebuild-reports';
import { createLogger } from '../../src/runtime/log';
import { life, live, type Step } from '../domain/lives';
import { episodesOf, flowsOf, waitsOf } from './reports.twin';

const RUNS = Number(process.env.RUNS ?? 600);
const seed = Number(process.env.SEED ?? Date.now() & 0x7fffffff);

let database: TestDatabase;
const lives = new Map<string, Step[]>();

beforeAll(async () => {
  database = await createDatabase();
  const sample = fc.sample(life, { numRuns: RUNS, seed });
  sample.forEach((of, n) => lives.set(`c_${n}`, live(of, undefined, Math.max)));
  await insertLives(database.pool);
  await database.pool.query(`INSERT INTO inboxes (account, inbox, settings) VALUES ('a', 'i', '{}')`);
  await database.pool.query(
    `INSERT INTO conversations (account, inbox, conversation, status, episode)
     SELECT 'a', 'i', c.key, 'not_contacted', c.value::int FROM json_each_text($1::json) c`,
    [
      JSON.stringify(
        Object.fromEntries([...lives].map(([c, steps]) => [c, steps.at(-1)?.after.episode ?? 0])),
      ),
    ],
  );
}, 60_000);
afterAll(() => database.drop());

/** In statements of several decisions of several conversations, as workers write. */
async function insertLives(pool: Pool): Promise<void> {
  const all = [...lives].map(([conversation, steps]) =>
    entriesOf(steps).map((e) => ({ ...e, conversation })),
  );
  for (let turn = 0; turn < all.length; turn += 500) {
    const some = all.slice(turn, turn + 500);
    for (let at = 0, size = 1; some.some((entries) => at < entries.length); at += size, size = (size % 3) + 1)
      await insert(
        pool,
        some.flatMap((entries) => entries.slice(at, at + size)),
      );
  }
}

async function insert(pool: Pool, entries: object[]): Promise<void> {
  await pool.query(
    `INSERT INTO timeline SELECT e.* FROM json_populate_recordset(NULL::timeline, $1::json) e`,
    [JSON.stringify(entries.map((e) => ({ ...e, account: 'a', inbox: 'i' })))],
  );
}

const entriesOf = (steps: Step[]): Entry[] =>
  steps.map(
    ({ before, event, decision, now }, i) =>
      stepOf(before, event, decision, { inbox: 'i', seq: i + 1, settings_version: 1, now }).entry,
  );

const TABLES = ['report_episodes', 'report_waits', 'report_flows'];
const workerPool = () =>
  createPool({
    ...{ databaseUrl: database.url, max: 1, logger: createLogger('silent') },
    role: 'conversations_worker',
  });

type Row = Record<string, unknown> & { conversation: string };
const read = async (table: string) =>
  (await database.pool.query<Row>(`SELECT * FROM ${table} ORDER BY conversation, 4`)).rows;

/** Rows and the twin's rows, in the fields that the twin has, of each conversation. */
async function compare<T extends object>(table: string, twin: (steps: Step[]) => T[]): Promise<number> {
  const rows = await read(table);
  let compared = 0;
  for (const [conversation, steps] of lives) {
    const expected = twin(steps);
    const found = rows.filter((r) => r.conversation === conversation);
    const shown = found.map((r, i) =>
      Object.fromEntries(Object.keys(expected[i] ?? r).map((k) => [k, plain(r[k])])),
    );
    compared += expected.length;
    const differs = expected.findIndex((e, i) => JSON.stringify(e) !== JSON.stringify(shown[i]));
    if (differs < 0 && shown.length === expected.length) continue;
    const story = steps.map((s, i) =>
      JSON.stringify([i + 1, s.now, s.event, s.decision.verdict, s.after.status]),
    );
    const both = JSON.stringify({ shown: shown[differs], expected: expected[differs] }, null, 1);
    throw new Error(`SEED=${seed} ${table} ${conversation}\n${both}\n${story.join('\n')}`);
  }
  return compared;
}

function plain(value: unknown): unknown {
  if (value instanceof Date) return value.getTime();
  return typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
}

describe(`of ${RUNS} random lives`, () => {
  it('each episode has the figures that a slow computation gives', async () => {
    expect(await compare('report_episodes', episodesOf)).toBeGreaterThan(RUNS / 5);
  });

  it('each stretch of waiting is kept', async () => {
    expect(await compare('report_waits', waitsOf)).toBeGreaterThan(RUNS / 10);
  });

  it('each flow, and each broadcast that was refused, is kept', async () => {
    expect(await compare('report_flows', flowsOf)).toBeGreaterThan(RUNS / 5);
  });

  it('made anew from the timeline, they are the same, and a difference is found and mended', async () => {
    const worker = workerPool();
    const rebuild = (dryRun: boolean) => rebuildAll(worker, dryRun, () => {});
    const before = await Promise.all(TABLES.map(read));
    expect(await rebuild(false)).toEqual({ conversations: lives.size, differences: 0 });
    expect(await Promise.all(TABLES.map(read))).toEqual(before);

    const { conversation } = before[0]![0]!;
    await database.pool.query(`UPDATE report_episodes SET reopens = reopens + 1 WHERE conversation = $1`, [
      conversation,
    ]);
    const wrong = before[0]!.filter((row) => row.conversation === conversation).length;
    expect(await rebuild(true)).toMatchObject({ differences: 2 * wrong });
    expect(await rebuild(false)).toMatchObject({ differences: 2 * wrong });
    expect(await Promise.all(TABLES.map(read))).toEqual(before);
    await worker.end();
  });

  it('what was decided before they were kept is counted by a worker', async () => {
    const worker = workerPool();
    const before = await Promise.all(TABLES.map(read));
    for (const table of TABLES)
      await database.pool.query(`DELETE FROM ${table} WHERE conversation LIKE 'c_%7'`);
    expect(await countOlder(worker, Date.now() + 60_000)).toBeGreaterThan(10);
    expect(await countOlder(worker, Date.now() + 60_000)).toBe(0);
    const kept = await Promise.all(TABLES.map(read));
    expect(kept[0]).toEqual(before[0]);
    expect(kept[1]).toEqual(before[1]);
    await worker.end();
  });
});
