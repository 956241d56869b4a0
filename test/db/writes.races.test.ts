/** Writes that wait for each other, that cannot be made, and that many wait for. */
import { Client, type Pool } from 'pg';
import { createPool } from '../../src/db/pool';
import { knownEvents, loadConversations, writeDecisions } from '../../src/db/writes';
import { DEFAULT_SETTINGS } from '../../src/domain/settings';
import { createLogger } from '../../src/runtime/log';
import { createDatabase, type TestDatabase } from '../support/servers';
import { eventually } from '../workflows/support/eventually';
import { Life, makeInbox, message } from './writes.life';

let database: TestDatabase;
let worker: Pool;
beforeAll(async () => {
  database = await createDatabase();
  await makeInbox(database.pool);
  const logger = createLogger('silent');
  worker = createPool({ databaseUrl: database.url, role: 'conversations_worker', max: 4, logger });
});
afterAll(async () => {
  await worker.end();
  await database.drop();
});

describe('a write held past its time while a newer one lands', () => {
  it('changes nothing when it runs at last', async () => {
    const life = new Life();
    await writeDecisions(worker, [life.next(message('1'))]);
    const late = life.next(message('2'));
    const newer = { ...late, steps: [...late.steps, ...life.next(message('3')).steps] };
    newer.row = { ...newer.row, seq: life.seq, version: life.state.version };

    const lock = await locked(life);
    const held = writeDecisions(worker, [late]); // waits for the row
    await waitingFor(1);
    await lock.query(`UPDATE conversations SET seq = 3, version = 3 WHERE conversation = $1`, [
      life.key.conversation,
    ]); // the newer one, in the transaction that holds the row
    await lock.query('COMMIT');
    await lock.end();

    expect(await held).toEqual([false]);
    const [loaded] = await loadConversations(worker, [life.key]);
    expect(loaded?.row).toMatchObject({ seq: 3, version: 3 });
    expect(await knownEvents(worker, life.key, ['1', '2', '3'])).toMatchObject([{ event: '1' }]);
  });

  it('holds back no other conversation', async () => {
    const [stuck, free] = [new Life(), new Life()];
    await writeDecisions(worker, [stuck.next(message('1'))]);
    const lock = await locked(stuck);
    const held = writeDecisions(worker, [stuck.next(message('2'))]);
    await waitingFor(1);
    expect(await writeDecisions(worker, [free.next(message('1'))])).toEqual([true]);
    await lock.query('ROLLBACK');
    await lock.end();
    expect(await held).toEqual([true]);
  });
});

describe('two workers', () => {
  it('that write the same conversations in different orders do not deadlock', async () => {
    const lives = Array.from({ length: 30 }, () => new Life());
    await writeDecisions(
      worker,
      lives.map((life) => life.next(message('1'))),
    );
    for (let round = 0; round < 5; round++) {
      const writes = lives.map((life) => life.next(message(`r-${round}`)));
      const [forth, back] = await Promise.all([
        writeDecisions(worker, writes),
        writeDecisions(database.pool, [...writes].reverse()),
      ]);
      back.reverse();
      expect(forth.map((made, i) => Number(made) + Number(back[i]))).toEqual(writes.map(() => 1));
    }
  });
});

describe('what the database refuses', () => {
  it.each([
    ['a status nobody knows', { status: 'asleep' }],
    ['a flow without a flow', { status: 'in_flow' }],
    ['a NUL', { agents: ['a\0b'] }],
    ['half a character', { agents: ['\ud83d'] }],
    ['no status at all', { status: null }],
    ['a time that is none', { waiting_since: 'soon' }],
  ])('is told as a fault of the data, and nothing of the call is made: %s', async (_name, fields) => {
    const [good, bad] = [new Life(), new Life()];
    const writes = [good.next(message('1')), bad.next(message('1'))];
    Object.assign(writes[1]?.row ?? {}, fields);
    const refusal: unknown = await writeDecisions(worker, writes).catch((error: unknown) => error);
    expect((refusal as { code: string }).code).toMatch(/^2[23]/);
    expect((await loadConversations(worker, [good.key]))[0]?.row).toBeNull();
  });
});

describe('waiting callers', () => {
  it('are told of each decision, however many there are at once', async () => {
    const told = new Set<string>();
    const listener = new Client({ connectionString: database.url });
    await listener.connect();
    listener.on('notification', ({ payload }) => payload?.split(',').forEach((token) => told.add(token)));
    await listener.query('LISTEN decided');
    const lives = Array.from({ length: 12 }, () => new Life());
    const many = Array.from({ length: 100 }, (_, i) => message(`m-${i}`));
    const made = await writeDecisions(
      worker,
      lives.map((life) => life.next(...many)),
    );
    expect(made).toEqual(lives.map(() => true));
    await eventually('all are told', () => Promise.resolve(told.size === 1200));
    expect([...told].every((token) => /^[0-9a-f]{12}$/.test(token))).toBe(true);
    await listener.end();
  });
});

describe('loading', () => {
  it('makes an unknown inbox with the default settings, once', async () => {
    const key = { account: 'new', inbox: 'unheard', conversation: 'c' };
    const loads = await Promise.all(
      [1, 2, 3, 4].map((n) => loadConversations(worker, [{ ...key, conversation: `c-${n}` }])),
    );
    for (const [loaded] of loads)
      expect(loaded).toEqual({ row: null, settings: DEFAULT_SETTINGS, settings_version: 1 });
    const { rowCount } = await database.pool.query(`SELECT FROM inboxes WHERE account = 'new'`);
    expect(rowCount).toBe(1);
  });

  it('answers in the order asked, the same conversation twice as well', async () => {
    const [a, b] = [new Life(), new Life()];
    await writeDecisions(worker, [a.next(message('1')), b.next(message('1'), message('2'))]);
    const loaded = await loadConversations(worker, [b.key, a.key, b.key]);
    expect(loaded.map((l) => l?.row?.seq)).toEqual([2, 1, 2]);
  });
});

/** A transaction that holds the conversation's row. */
async function locked({ key }: Life): Promise<Client> {
  const client = new Client({ connectionString: database.url });
  await client.connect();
  await client.query('BEGIN');
  await client.query('SELECT FROM conversations WHERE conversation = $1 FOR UPDATE', [key.conversation]);
  return client;
}

/** Waits until this many sessions wait for a lock. */
async function waitingFor(sessions: number): Promise<void> {
  await eventually('somebody waits for the row', async () => {
    const { rows } = await database.pool.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM pg_stat_activity
       WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    return rows[0]?.n === sessions;
  });
}
