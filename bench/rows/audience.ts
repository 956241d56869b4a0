import { spawn } from 'node:child_process';
import { get } from 'node:http';
import { Client as PgClient } from 'pg';
import { figure, interleaved } from '../rounds';
import { perSecond, round, type Bench, type Line, type Row } from '../row';
import { BULK_INBOX, seed } from '../seed';
import type { Setup } from '../setup';
import { mean, median } from '../statistics';

const MEMORY_EVERY_MS = 50;
/** memory that a stream may hold, with its garbage */
const FLAT_MB = 100;

/** Audience: every conversation that a broadcast may reach, as a stream. */
export const audience: Row = {
  numbers: ['8'],
  async measure({ setup, effort, progress }: Bench): Promise<Line[]> {
    const count = effort.quick ? 100_000 : 1_000_000;
    await seed(setup, count, progress(`seeding ${count.toLocaleString('en')} conversations`));
    const { rows: expected } = await reached(setup);
    const copy = await copyClient(setup);
    const rounds = await interleaved(
      effort.rounds,
      async () => expected / (await secondsOf(copy.run)),
      () => stream(setup, expected),
      progress('an audience as a stream'),
    );
    const limit = rounds.map((r) => mean(r.limit));
    const ours = rounds.map((r) => mean(r.ours.map((o) => o.perSecond)));
    const ratio = figure(ours.map((o, i) => o / (limit[i] ?? NaN)));
    const grown = Math.max(...rounds.slice(-1).flatMap((r) => r.ours.map((o) => o.grownMb)));
    const what = `audience stream, ${expected.toLocaleString('en')} of ${count.toLocaleString('en')} rows, rows/s`;
    return [
      {
        ...{ n: '8', what, goal: '≥ 0.50 ×' },
        ...{ limit: `${perSecond(median(limit))} (${copy.name})`, ours: perSecond(median(ours)) },
        ...{ ratio: round(ratio.median), spread: `${round(ratio.least)}–${round(ratio.most)}` },
        pass: ratio.median >= 0.5,
        raw: { limit, ours, ratio: ratio.each },
      },
      {
        ...{ n: '8', what: 'memory of the API grown by a stream', goal: 'flat', limit: '–' },
        ...{ ours: `${round(grown, 0)} MB`, ratio: '–', spread: '', pass: grown < FLAT_MB },
        raw: rounds.map((r) => r.ours.map((o) => o.grownMb)),
      },
    ];
  },
};

/** What the stream shows under the default settings. */
const REACHED = `SELECT conversation FROM conversations
  WHERE account = 'default' AND inbox = '${BULK_INBOX}' AND status IN (STATUSES) ORDER BY conversation`;

async function reached(setup: Setup): Promise<{ rows: number }> {
  return { rows: await lines(setup) };
}

function lines({ url, key }: Setup): Promise<number> {
  return new Promise((resolve, reject) => {
    const address = `${url}/v1/inboxes/${BULK_INBOX}/broadcasts/audience`;
    const request = get(address, { headers: { Authorization: `Bearer ${key}` } }, (response) => {
      let count = 0;
      response.on('data', (chunk: Buffer) => {
        for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) count += 1;
      });
      response.on('end', () => (response.statusCode === 200 ? resolve(count) : reject(new Error('refused'))));
      response.on('error', reject);
    });
    request.on('error', reject);
  });
}

async function stream(setup: Setup, expected: number): Promise<{ perSecond: number; grownMb: number }> {
  const before = setup.memory().api ?? 0;
  let most = before;
  const sampling = setInterval(() => (most = Math.max(most, setup.memory().api ?? 0)), MEMORY_EVERY_MS);
  let count = 0;
  const seconds = await secondsOf(async () => (count = await lines(setup)));
  clearInterval(sampling);
  if (count !== expected) throw new Error(`the stream had ${count} lines, not ${expected}`);
  return { perSecond: count / seconds, grownMb: (most - before) / 2 ** 20 };
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}

/** psql, PostgreSQL's own client in C, if it is installed. Else our client, which only counts the bytes. */
async function copyClient({
  databaseUrl,
  pool,
}: Setup): Promise<{ name: string; run: () => Promise<unknown> }> {
  const { rows } = await pool.query<{ status: string }>(
    `SELECT DISTINCT status FROM conversations WHERE account = 'default' AND inbox = $1 AND status <> 'in_flow'`,
    [BULK_INBOX],
  );
  const statuses = rows.map(({ status }) => `'${status}'`).join(', ');
  const copy = `COPY (${REACHED.replace('STATUSES', statuses).replace(/\s+/g, ' ')}) TO STDOUT`;
  const psql = () =>
    ended(spawn('psql', [databaseUrl, '-qAt', '-c', copy], { stdio: ['ignore', 'ignore', 'inherit'] }));
  if (
    await ended(spawn('psql', ['--version'], { stdio: 'ignore' })).then(
      () => true,
      () => false,
    )
  ) {
    return { name: 'psql COPY', run: psql };
  }
  const node = async () => {
    const pg = new PgClient({ connectionString: databaseUrl });
    await pg.connect();
    await pg.query(copy);
    await pg.end();
  };
  return { name: 'COPY', run: node };
}

function ended(child: ReturnType<typeof spawn>): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`ended with ${code}`))));
  });
}
