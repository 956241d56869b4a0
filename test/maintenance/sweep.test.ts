import type { ConversationKey } from '../../src/domain/key';
import { createLogger } from '../../src/runtime/log';
import { startSweep } from '../../src/maintenance/sweep';
import type { RolloutInput } from '../../src/temporal/contract';
import { createDatabase, type TestDatabase } from '../support/servers';

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

/** What one sweep starts if these run already. */
async function swept(running: string[] = []): Promise<string[]> {
  const started: string[] = [];
  const start = (name: string) => {
    if (running.includes(name)) return Promise.resolve(false);
    started.push(name);
    return Promise.resolve(true);
  };
  const temporal = {
    wake: ({ conversation }: ConversationKey) => start(conversation),
    resumeRollout: ({ inbox }: RolloutInput) => start(inbox),
  };
  await startSweep({ pool: database.pool, temporal, logger: createLogger('silent') })();
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
  expect(await swept(['awake'])).toEqual(['late']);
});

test('given settings that were stored while Temporal was away, when it sweeps, then their rollout begins', async () => {
  await database.pool.query(`UPDATE inboxes SET settings_version = 2`);
  expect(await swept()).toEqual(['i']);
});

test('given a database that is away, when it sweeps, then it says so and ends nothing', async () => {
  await database.pool.query('ALTER TABLE conversations RENAME TO elsewhere');
  expect(await swept()).toEqual([]);
});
