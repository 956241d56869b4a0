/** What reports count is kept with each decision, and is what a slow computation over the whole life gives. */
import fc from 'fast-check';
import type { Pool, QueryResultRow } from 'pg';
import type { AccountDatabase } from '../../src/db/database';
import { readReport } from '../../src/db/reports';
import { rowTypes, type Statement } from '../../src/db/rows';
import { BOUNDS, Histogram } from '../../src/domain/distribution';
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

const asAccount = (pool: Pool): AccountDatabase => {
  const query: AccountDatabase['query'] = async <R extends QueryResultRow>({ text, values }: Statement) =>
    (await pool.query<R>({ text, values: [...(values ?? [])], types: rowTypes })).rows;
  return { account: 'a', query, transaction: (work) => work(query) };
};

/** Exact below five minutes; above, rounded down by less than one part in thirty; beyond a year to the day. */
function coarse(ms: number | undefined): number | null {
  if (ms === undefined) return null;
  const [, step = 1] = [[300, 1], [3600, 10], [28_800, 60], [172_800, 600], [31_536_000, 3600], [Infinity, 86_400]].find(([under = 0]) => ms < under * 1000) ?? []; // prettier-ignore
  return Math.floor(ms / 1000 / step) * step;
}

function sorted(times: number[]) {
  const inOrder = times.sort((a, b) => a - b);
  const n = times.length;
  return {
    ...{ n, ms: times.reduce((sum, ms) => sum + ms, 0) },
    median: coarse(inOrder[Math.ceil(n * 0.5) - 1]),
    p90: coarse(inOrder[Math.ceil(n * 0.9) - 1]),
    under: BOUNDS.map((bound) => times.filter((ms) => ms < bound * 1000).length),
  };
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

  it('a report tells the times that somebody finds who sorts them', async () => {
    const rows = await read('report_episodes');
    const found = await readReport(
      asAccount(database.pool),
      'i',
      { ...{ from: '1970-01-01T00:00:00Z', to: '9999-01-01T00:00:00Z', by: 'agent', dated_by: 'opened' }, agent_is: 'assigned', time_zone: 'UTC', answered_within_hours: 24 }, // prettier-ignore
    );
    for (const metric of ['first_reply', 'full_resolution', 'requester_wait', 'in_progress']) {
      const isOver = (row: Row) => metric === 'first_reply' || row.closed_at !== null;
      const times = (of: Row[]) =>
        of.filter((row) => row[metric] !== null && isOver(row)).map((row) => Number(row[metric]));
      const told = found.filter((row) => row.metric === metric);
      const agents = [...new Set(rows.map((row) => row.agent as string | null))];
      const groups = agents.map((group) => ({
        ...{ is_total: false, group },
        ...sorted(times(rows.filter((row) => row.agent === group))),
      }));
      const all = [...groups, { is_total: true, group: null, ...sorted(times(rows)) }].filter(
        ({ n }) => n > 0,
      );
      const inOrder = (of: { is_total: boolean; group: string | null }[]) =>
        [...of].sort((a, b) =>
          JSON.stringify([a.is_total, a.group]) < JSON.stringify([b.is_total, b.group]) ? -1 : 1,
        );
      expect(inOrder(told)).toEqual(inOrder(all.map((row) => ({ ...row, metric, of: null }))));
    }
  });

  it('a time at the edge of a step is rounded down to it, and no time of years is lost', async () => {
    const edges = [
      0, 60, 300, 900, 3600, 14_400, 28_800, 86_400, 172_800, 604_800, 31_536_000, 3_000_000_000,
    ];
    for (const ms of edges.flatMap((edge) => [edge * 1000 - 1, edge * 1000]).filter((time) => time >= 0)) {
      const { rows } = await database.pool.query<{ step: string }>('SELECT step($1)', [ms]);
      const histogram = new Histogram();
      histogram.add(rows[0]!.step, 0, 1, ms);
      expect(histogram.cases()).toEqual(sorted([ms]));
    }
    const { rows } = await database.pool.query<{ step: string }>('SELECT step(NULL)');
    const none = new Histogram();
    none.add(rows[0]!.step, 0, 1, 0);
    expect(none.cases().n).toBe(0);
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
