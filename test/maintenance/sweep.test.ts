import type { ConversationKey } from '../../src/domain/key';
import { createLogger } from '../../src/runtime/log';
import { startSweep } from '../../src/maintenance/sweep';
import { CODE_NUMBER } from '../../src/temporal/code-number';
import type { BulkInput, CodeRolloutInput, ErasureInput, RolloutInput } from '../../src/temporal/contract';
import { createDatabase, type TestDatabase } from '../support/servers';
import { eventually } from '../workflows/support/eventually';

let database: TestDatabase;

beforeEach(async () => {
  database = await createDatabase();
  await database.pool.query(`INSERT INTO inboxes (account, inbox, settings) VALUES ('default', 'i', '{}')`);
});
afterEach(() => database.drop());

/** A conversation whose timer was due this many seconds ago. */
async function overdue(conversation: string, seconds: number): Promise<void> {
  const next = { timer: 'auto_close', due_at: new Date(Date.now() - seconds * 1_000).toISOString() };
  await database.pool.query(
    `INSERT INTO conversations (account, inbox, conversation, status, seq, next) VALUES ('default', 'i', $1, 'new', 1, $2)`,
    [conversation, JSON.stringify(next)],
  );
}

/** So many whose workflows run and do not act, all of them overdue for longer than any other. */
async function beyondHelp(many: number): Promise<void> {
  await database.pool.query(
    `INSERT INTO conversations (account, inbox, conversation, status, seq, next)
     SELECT 'default', 'i', 'stuck-' || n, 'new', 1, '{"timer": "auto_close", "due_at": "2020-01-01T00:00:00.000Z"}'
     FROM generate_series(1, $1) n`,
    [many],
  );
}

/** What a sweep starts, where those named run already. */
function sweeping({ running = () => false, refused = () => false, pace = {} }: Others = {}) {
  const started: string[] = [];
  const start = (name: string) => {
    if (refused(name)) return Promise.reject(new Error(`${name} is refused`));
    if (running(name)) return Promise.resolve(false);
    started.push(name);
    return Promise.resolve(true);
  };
  const temporal = {
    wake: ({ conversation }: ConversationKey) => start(conversation),
    resumeRollout: ({ inbox }: RolloutInput) => start(inbox),
    startErasure: ({ erasure }: ErasureInput) => start(erasure).then(() => {}),
    startBulk: ({ job }: BulkInput) => start(job).then(() => {}),
    startCodeRollout: ({ number }: CodeRolloutInput) => start(`code ${number}`),
  };
  const deps = { pool: database.pool, temporal, logger: createLogger('silent'), outdated: () => {} };
  return {
    started,
    stop: startSweep(deps, { everyMs: 60_000, longestMs: 30_000, perSecond: 10_000, ...pace }),
  };
}

interface Others {
  running?: (name: string) => boolean;
  refused?: (name: string) => boolean;
  pace?: { everyMs?: number; longestMs?: number; perSecond?: number };
}

/** What one sweep starts. */
async function swept(others: Others = {}): Promise<string[]> {
  const { started, stop } = sweeping(others);
  await stop();
  return started;
}

test('given timers that are overdue, when it sweeps, then their conversations are woken, the longest overdue first', async () => {
  await overdue('late', 120);
  await overdue('later', 3_600);
  await overdue('coming', 10);
  await overdue('ahead', -3_600);
  expect(await swept()).toEqual(['later', 'late']);
});

test('given one that runs already, when it sweeps, then it goes on with the others', async () => {
  await overdue('awake', 3_600);
  await overdue('late', 120);
  expect(await swept({ running: (name) => name === 'awake' })).toEqual(['late']);
});

test('given a thousand that cannot be started, when it sweeps, then it reaches those behind them', async () => {
  await beyondHelp(1_100);
  await overdue('late', 120);
  expect(await swept({ running: isStuck })).toEqual(['late']);
});

test('given more than one sweep has time for, when it sweeps again, then it continues where it stopped', async () => {
  await beyondHelp(1_100);
  await overdue('late', 120);
  const { started, stop } = sweeping({ running: isStuck, pace: { everyMs: 20, longestMs: 0 } });
  await eventually('it comes to the last', () => Promise.resolve(started.includes('late')));
  await stop();
});

test('given one that Temporal refuses to start, when it sweeps again, then it goes on behind it', async () => {
  await beyondHelp(1);
  await overdue('late', 120);
  const { started, stop } = sweeping({ refused: isStuck, pace: { everyMs: 20, longestMs: 1_000 } });
  await eventually('it comes to the last', () => Promise.resolve(started.includes('late')));
  await stop();
});

test('given many that are overdue, when it sweeps, then it wakes them at its rate', async () => {
  for (const n of [1, 2, 3, 4, 5]) await overdue(`late_${n}`, 100 + n);
  const began = Date.now();
  const { started, stop } = sweeping({ pace: { perSecond: 10 } });
  await stop();
  expect(started).toHaveLength(5);
  expect(Date.now() - began).toBeGreaterThanOrEqual(390);
});

test('given runs of older code, when it sweeps, then their rollout begins, unless it has ended', async () => {
  await database.pool.query(`INSERT INTO code_numbers (number) VALUES ($1)`, [CODE_NUMBER]);
  expect(await swept()).toEqual([`code ${CODE_NUMBER}`]);
  await database.pool.query(`UPDATE code_numbers SET rolled_out_at = now()`);
  expect(await swept()).toEqual([]);
});

test('given settings that were stored while Temporal was away, when it sweeps, then their rollout begins', async () => {
  await database.pool.query(`UPDATE inboxes SET settings_version = 2`);
  expect(await swept()).toEqual(['i']);
});

test('given a database that is away, when it sweeps, then it says so and ends nothing', async () => {
  await database.pool.query('ALTER TABLE conversations RENAME TO elsewhere');
  expect(await swept()).toEqual([]);
});

const isStuck = (name: string) => name.startsWith('stuck');
