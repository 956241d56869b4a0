/** What is read to be delivered, and what the results change: by SQL alone. */
import type { Pool } from 'pg';
import { exchange, type Exchange, type Outcome } from '../../src/db/delivering';
import { createPool } from '../../src/db/pool';
import { createLogger } from '../../src/runtime/log';
import { createDatabase, type TestDatabase } from '../support/servers';

const NOW = Date.parse('2030-01-01T12:00:00Z');
let database: TestDatabase;
let pool: Pool;

beforeEach(async () => {
  database = await createDatabase();
  pool = database.pool;
  await pool.query(
    `INSERT INTO webhooks (webhook, account, url, secrets) VALUES ('wh', 'a', 'http://x/', '[]')`,
  );
});
afterEach(() => database.drop());

/** Deliveries 1, 2, … of these conversations (null: a test); of each the first is due. */
async function waiting(...conversations: (string | null)[]): Promise<void> {
  const seen = new Set<string>();
  for (const [i, conversation] of conversations.entries()) {
    const isFirst = conversation === null || !seen.has(conversation);
    if (conversation !== null) seen.add(conversation);
    const due = isFirst ? new Date(NOW - 60_000 + i) : 'infinity';
    await pool.query(
      `INSERT INTO deliveries (webhook, nth, account, inbox, conversation, type, body, due_at, created_at)
       VALUES ('wh', $1, 'a', $2, $3, 't', '{}', $4, now())`,
      [i + 1, conversation && 'i', conversation, due],
    );
  }
}

async function read(changes: Partial<Exchange> = {}, by = pool): Promise<number[]> {
  const most = () => ({ all: 10, each: 10 });
  const nothing = { outcomes: [], health: null, paused: false, without: [] };
  const done = await exchange(by, 'wh', { now: NOW, attended_until: NOW, most, ...nothing, ...changes });
  return done!.due.map((due) => due.nth);
}

const result = (nth: number, state: Outcome['state'], due_at: number | null = null): Outcome => ({
  ...{ nth, state, due_at },
  attempt: { at: new Date(NOW).toISOString(), status: 204, milliseconds: 1, answer: '', error: null },
});
const delivered = (...nths: number[]) => nths.map((nth) => result(nth, 'delivered'));

async function due(): Promise<number[]> {
  const { rows } = await pool.query<{ nth: string }>(
    `SELECT nth FROM deliveries WHERE state = 'pending' AND due_at < 'infinity' ORDER BY nth`,
  );
  return rows.map((row) => Number(row.nth));
}

test('given conversations, then those due longest are read first, each with its next ones in order', async () => {
  await waiting('b', 'a', 'b', 'a', 'b', null);
  expect(await read()).toEqual([1, 3, 5, 2, 4, 6]);
  expect(await read({ most: () => ({ all: 10, each: 2 }) })).toEqual([1, 3, 2, 4, 6]);
  expect(await read({ most: () => ({ all: 4, each: 2 }) })).toEqual([1, 3, 2, 4]);
  expect(await read({ most: () => ({ all: 0, each: 2 }) })).toEqual([]);
});

test('given deliveries in hand, then they are not read again, nor what follows them', async () => {
  await waiting('a', 'a', 'a', 'b');
  expect(await read({ without: [1, 2] })).toEqual([4]);
});

test('when the first ones of a conversation are delivered, then the next one is due, and no other', async () => {
  await waiting('a', 'a', 'a', 'a', 'b', 'b');
  await read({ outcomes: delivered(1, 2), without: [3] });
  expect(await due()).toEqual([3, 5]);
  await read({ outcomes: [...delivered(3), result(5, 'parked')] });
  expect(await due()).toEqual([4, 6]);
});

test('when one fails, then those behind it wait for its next try', async () => {
  await waiting('a', 'a', 'a');
  const failed = result(2, 'pending', NOW + 5_000);
  expect(await read({ outcomes: [...delivered(1), failed] })).toEqual([]);
  expect(await due()).toEqual([2]);
  expect(await read({ now: NOW + 5_000 })).toEqual([2, 3]);
});

test('given a result that is written twice, then it counts once', async () => {
  await waiting('a', 'a', 'a');
  await read({ outcomes: delivered(1) });
  await read({ outcomes: delivered(1) });
  expect(await due()).toEqual([2]);
  const { rows } = await pool.query('SELECT tries FROM deliveries WHERE nth = 1');
  expect(rows).toEqual([{ tries: 1 }]);
});

test('given a backlog that the statistics know nothing of, then results are written row by row, and not by reading it all', async () => {
  await pool.query(
    `INSERT INTO deliveries (webhook, nth, account, inbox, conversation, type, body, due_at, created_at)
     SELECT 'wh', i, 'a', 'i', 'c' || i % 100, 't', '{}', CASE WHEN i <= 100 THEN $1 ELSE 'infinity'::timestamptz END, now()
     FROM generate_series(1, 20000) i`,
    [new Date(NOW - 1_000)],
  );
  const logger = createLogger('silent');
  const worker = createPool({ databaseUrl: database.url, role: 'conversations_worker', max: 1, logger });
  const most = () => ({ all: 100, each: 2 });
  const first = await read({ most }, worker);
  const before = await touched();
  await read({ outcomes: delivered(...first), most }, worker);
  expect((await touched()) - before).toBeLessThan(2_000);
  await worker.end();

  /** Rows of deliveries so far, by this one connection. */
  async function touched(): Promise<number> {
    await worker.query('SELECT pg_stat_force_next_flush()');
    const { rows } = await worker.query<{ n: string }>(
      `SELECT idx_tup_fetch + seq_tup_read AS n FROM pg_stat_user_tables WHERE relname = 'deliveries'`,
    );
    return Number(rows[0]!.n);
  }
});
