import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'pg';
import type { Sent } from '../load/job';
import { ms, perSecond, round, type Bench, type Line, type Row } from '../row';
import { startService, type Service } from '../service';
import { putInbox, type Setup } from '../setup';
import { quantile } from '../statistics';
import { IN_FLIGHT, ourJob, ourLoop } from './load';

const OPEN = 1_000;
const OF = 'open-';
const MOST_SECONDS = 60;
const MOST_P99 = 2;
const SLICE_SECONDS = 3;
const repository = path.join(__dirname, '..', '..');
const PROGRAM = [
  'src',
  'workflows',
  'activities',
  'scripts',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
];
const SHARED = ['node_modules', '.cache'];

/**
 * Open conversations, an upgrade, and events that come in meanwhile: the next release is this one under the next code number. The
 * same load again after the rollout is the limit.
 */
export const codeRollout: Row = {
  numbers: ['19'],
  async measure({ setup, effort, say }: Bench): Promise<Line[]> {
    const data = mkdtempSync(path.join(tmpdir(), 'conversation-status-rollout-'));
    const release = nextRelease();
    try {
      say(`${OPEN} open conversations`);
      const older = await startService({ data });
      const half = await populated(older, setup, effort.quick ? 2 : 10).finally(() => older.stop());
      say(`an upgrade, and ${perSecond(half)} meanwhile`);
      const newer = await startService({ data, cwd: release });
      return await measured(newer, setup, half);
    } finally {
      rmSync(release, { recursive: true, force: true });
      rmSync(data, { recursive: true, force: true });
    }
  },
};

function nextRelease(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'conversation-status-next-'));
  for (const part of PROGRAM)
    cpSync(path.join(repository, part), path.join(folder, part), { recursive: true });
  for (const part of SHARED) symlinkSync(path.join(repository, part), path.join(folder, part));
  const file = path.join(folder, 'src', 'temporal', 'code-number.ts');
  const source = readFileSync(file, 'utf8');
  const raised = source.replace(/CODE_NUMBER = (\d+)/, (_, n: string) => `CODE_NUMBER = ${Number(n) + 1}`);
  if (raised === source) throw new Error('code-number.ts has no number');
  writeFileSync(file, raised);
  return folder;
}

/** @returns half of the events a second that are sustained on these conversations */
async function populated(service: Service, setup: Setup, seconds: number): Promise<number> {
  return withPool(service, async (pool) => {
    const theirs = aimedAt(service, setup, pool);
    await putInbox(service.url, setup.key);
    const job = ourJob(theirs, { inFlight: IN_FLIGHT }, 120, { of: OF, conversations: OPEN });
    await ourLoop(theirs, { ...job, atMost: OPEN });
    const load = ourJob(theirs, { inFlight: IN_FLIGHT }, seconds, { of: OF, conversations: OPEN });
    return (await ourLoop(theirs, load)).sustainedPerSecond / 2;
  });
}

async function measured(service: Service, setup: Setup, half: number): Promise<Line[]> {
  return withPool(service, async (pool) => {
    const theirs = aimedAt(service, setup, pool);
    const began = Date.now();
    const send = (seconds: number, wait: boolean) =>
      setup.loader.run(ourJob(theirs, { perSecond: half }, seconds, { of: OF, conversations: OPEN, wait }));
    const accepted: Sent[] = [];
    const answered: Sent[] = [];
    while (!(await isRolledOut(pool))) {
      if (Date.now() - began > 4 * MOST_SECONDS * 1000) throw new Error('the rollout did not end');
      accepted.push(await send(SLICE_SECONDS, false));
      answered.push(await send(SLICE_SECONDS, true));
    }
    const { rows } = await pool.query<{ at: Date }>('SELECT max(rolled_out_at) AS at FROM code_numbers');
    const seconds = ((rows[0]?.at.getTime() ?? 0) - began) / 1000;
    await sleep(2_000);
    const again = SLICE_SECONDS * answered.length;
    const lines: [string, Sent[], Sent][] = [
      ['accepted', accepted, await send(again, false)],
      ['answered', answered, await send(again, true)],
    ];
    const what = `${OPEN} open conversations reset, ${perSecond(half)} meanwhile`;
    return [
      {
        ...{ n: '19', what: `${what}: time`, goal: `≤ ${MOST_SECONDS} s`, limit: '–' },
        ...{ ours: `${round(seconds, 0)} s`, ratio: '–', spread: 'one round' },
        pass: seconds <= MOST_SECONDS,
        raw: { seconds, half },
      },
      ...lines.map(([word, during, after]) => compared(`${what}: p99 until ${word}`, during, after)),
    ];
  }).finally(() => service.stop());
}

function compared(what: string, during: Sent[], after: Sent): Line {
  const p99 = (sent: Sent[]) =>
    quantile(
      sent.flatMap((s) => s.latencies),
      0.99,
    );
  const [limit, ours] = [p99([after]), p99(during)];
  return {
    ...{ n: '19', what, goal: `< ${MOST_P99} ×`, limit: ms(limit), ours: ms(ours) },
    ...{ ratio: round(ours / limit), spread: 'one round' },
    pass: ours < MOST_P99 * limit,
    raw: {
      during: during.map((s) => [s.accepted, s.failed, p99([s])]),
      after: [after.accepted, after.failed],
    },
  };
}

async function isRolledOut(pool: Pool): Promise<boolean> {
  const { rows } = await pool.query(
    'SELECT FROM code_numbers WHERE number = (SELECT max(number) FROM code_numbers) AND rolled_out_at IS NOT NULL',
  );
  return rows.length > 0;
}

const aimedAt = ({ url, databaseUrl }: Service, setup: Setup, pool: Pool): Setup => ({
  ...setup,
  url,
  databaseUrl,
  pool,
});

async function withPool<T>({ databaseUrl }: Service, work: (pool: Pool) => Promise<T>): Promise<T> {
  const pool = new Pool({ connectionString: databaseUrl, max: 2 });
  return work(pool).finally(() => pool.end());
}
