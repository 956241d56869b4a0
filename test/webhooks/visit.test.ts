/** A visit to an endpoint with a backlog: database and receiver are real, and no Temporal is needed. */
import { createPool } from '../../src/db/pool';
import { createLogger } from '../../src/runtime/log';
import { Dispatcher } from '../../src/webhooks/dispatcher';
import { testSecrets } from '../support/secrets';
import { createDatabase, type TestDatabase } from '../support/servers';
import { eventually } from '../workflows/support/eventually';
import { Receiver } from './support/receiver';

const logger = createLogger('silent');
const whatsapp = { send: () => Promise.reject(new Error('not here')), close: () => {} };

let database: TestDatabase;
let receiver: Receiver;
let pool: ReturnType<typeof createPool>;
let dispatcher: Dispatcher;
let ended: AbortController;
/** Of the clock that deliveries go by, in milliseconds. */
let ahead: number;

beforeEach(async () => {
  [database, receiver] = await Promise.all([createDatabase(), Receiver.start()]);
  pool = createPool({ databaseUrl: database.url, role: 'conversations_worker', max: 2, logger });
  ahead = 0;
  ended = new AbortController();
  const options = {
    secrets: testSecrets,
    allowed: 'loopback' as const,
    whatsapp,
    now: () => Date.now() + ahead,
  };
  dispatcher = new Dispatcher(pool, options, logger);
  await database.pool.query(
    `INSERT INTO webhooks (webhook, account, url, secrets) VALUES ('wh', 'a', $1, '[]')`,
    [receiver.url],
  );
});
afterEach(async () => {
  ended.abort();
  dispatcher.close();
  await receiver.stop();
  await pool.end();
  await database.drop();
});

/** So many that wait in each of so many conversations; `seq` counts within a conversation. */
async function waiting(conversations: number, each: number): Promise<void> {
  await database.pool.query(
    `INSERT INTO deliveries (webhook, nth, account, inbox, conversation, type, body, due_at, created_at)
     SELECT 'wh', i + 1, 'a', 'i', 'c' || i % $1, 't',
       json_build_object('data', json_build_object('seq', i / $1, 'conversation', json_build_object('conversation', 'c' || i % $1))),
       CASE WHEN i < $1 THEN now() ELSE 'infinity' END, now()
     FROM generate_series(0, $1::int * $2::int - 1) i`,
    [conversations, each],
  );
}

async function counts(): Promise<Record<string, number>> {
  const { rows } = await database.pool.query<{ state: string; n: number }>(
    'SELECT state, count(*)::int AS n FROM deliveries GROUP BY 1',
  );
  return Object.fromEntries(rows.map(({ state, n }) => [state, n]));
}

const visit = () => dispatcher.visit('wh', ended.signal);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** In one visit: the time passes so fast that what fails is tried again soon. */
async function deliverAll(): Promise<void> {
  const visiting = visit();
  await eventually('nothing waits', async () => {
    ahead += 6_000;
    return (await counts()).pending === undefined;
  });
  ended.abort();
  await visiting;
}

test('given conversations with many waiting, and answers that come late or fail, then each is told in order, one at a time, and none is lost', async () => {
  await waiting(100, 12);
  const [conversations, each] = [100, 12];
  const open = new Set<string>();
  let [overlaps, most, tries] = [0, 0, 0];
  receiver.answer = ({ told }, response) => {
    const { conversation } = told.data.conversation;
    if (open.has(conversation)) overlaps += 1;
    open.add(conversation);
    most = Math.max(most, open.size);
    const fails = ++tries % 97 === 0;
    setTimeout(
      () => {
        open.delete(conversation);
        response.writeHead(fails ? 500 : 204).end();
      },
      (tries * 7) % 23,
    );
  };
  await deliverAll();
  expect(await counts()).toEqual({ delivered: conversations * each });
  expect(overlaps).toBe(0);
  expect(most).toBeGreaterThan(20);
  expect(most).toBeLessThanOrEqual(64);
  expect(receiver.ids).toHaveLength(conversations * each);
  for (let c = 0; c < conversations; c += 1) {
    const seqs = receiver.of(`c${c}`).map((told) => told.data.seq);
    expect([...new Set(seqs)]).toEqual(Array.from({ length: each }, (_, seq) => seq)); // a failed one came again before the next
    expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
  }
  expect(receiver.received.length).toBeGreaterThan(conversations * each);
});

test('given an answer that does not come, then the results of the others are written all the same', async () => {
  await waiting(20, 5);
  receiver.answer = ({ told }, response) => {
    if (told.data.conversation.conversation !== 'c0') response.writeHead(204).end();
  };
  const visiting = visit();
  await eventually('all others are delivered', async () => (await counts()).delivered === 95);
  expect(receiver.of('c0')).toHaveLength(1);
  await receiver.stop();
  ended.abort();
  await visiting;
  expect(await counts()).toEqual({ delivered: 95, pending: 5 });
});

test('when the endpoint is paused, then within a second nothing more is told, and the rest waits', async () => {
  await waiting(200, 20);
  receiver.answer = (_, response) => void setTimeout(() => response.writeHead(204).end(), 50);
  const visiting = visit();
  await eventually('some are told', () => Promise.resolve(receiver.received.length > 200));
  await database.pool.query(`UPDATE webhooks SET state = 'paused'`);
  expect(await visiting).toEqual({ next: null });
  const told = receiver.received.length;
  await pause(300);
  expect(receiver.received).toHaveLength(told);
  expect(await counts()).toEqual({ delivered: told, pending: 4_000 - told });
});

test('when the visit ends, as when another worker has taken over, then nothing more is begun, and all results are written', async () => {
  await waiting(200, 20);
  receiver.answer = (_, response) => void setTimeout(() => response.writeHead(204).end(), 50);
  const visiting = visit();
  await eventually('some are told', () => Promise.resolve(receiver.received.length > 200));
  ended.abort();
  const begun = receiver.received.length;
  const { next } = await visiting;
  expect(next).toBeLessThanOrEqual(Date.now());
  expect(receiver.received.length).toBeLessThanOrEqual(begun + 64);
  expect(await counts()).toEqual({
    delivered: receiver.received.length,
    pending: 4_000 - receiver.received.length,
  });
});

test('when deliveries are deleted, as an erasure does, then they are told no more', async () => {
  await waiting(1, 2_000);
  receiver.answer = (_, response) => void setTimeout(() => response.writeHead(204).end(), 20);
  const visiting = visit();
  await eventually('some are told', () => Promise.resolve(receiver.received.length > 10));
  await database.pool.query('DELETE FROM deliveries');
  const told = receiver.received.length;
  expect(await visiting).toEqual({ next: null });
  expect(receiver.received.length).toBeLessThanOrEqual(told + 9); // what was in hand
});
