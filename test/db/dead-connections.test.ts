/** Connections that die without a word: packets vanish, nothing is closed, and new connections work. */
import type { Pool } from 'pg';
import { conversationActivities, type ConversationActivities } from '../../activities/conversations';
import { createPool, limited } from '../../src/db/pool';
import { createLogger } from '../../src/runtime/log';
import { TcpProxy } from '../http/support/tcp-proxy';
import { createDatabase, type TestDatabase } from '../support/servers';
import { Life, makeInbox, message } from './writes.life';

let database: TestDatabase;
let proxy: TcpProxy;
let pool: Pool;
let activities: ConversationActivities;

beforeAll(async () => {
  database = await createDatabase();
  await makeInbox(database.pool);
  const url = new URL(database.url);
  proxy = await TcpProxy.to(url.hostname, Number(url.port));
  url.host = proxy.address;
  const logger = createLogger('silent');
  pool = createPool({ databaseUrl: url.href, role: 'conversations_worker', max: 6, logger });
  activities = conversationActivities(pool);
});
afterAll(async () => {
  await pool.end();
  proxy.close();
  await database.drop();
});

const sixAtOnce = () =>
  Promise.all(Array.from({ length: 6 }, () => pool.query('SELECT pg_backend_pid(), pg_sleep(0.05)')));
const persist = () => activities.persist(new Life().next(message('1')), 'digest');

async function within<T>(ms: number, work: () => Promise<T>): Promise<T> {
  const began = Date.now();
  const result = await work();
  expect(Date.now() - began).toBeLessThan(ms);
  return result;
}

it('after a statement that stalls the idle connections are checked, and dead ones are dropped', async () => {
  await sixAtOnce();
  expect(pool.totalCount).toBe(6);
  proxy.freeze();
  const stalled = pool.query('SELECT 1').catch((error: unknown) => error);
  await within(5_000, async () => {
    while (pool.totalCount > 1) await new Promise((resolve) => setTimeout(resolve, 20));
  });
  await within(2_000, () => pool.query('SELECT 1'));
  expect(await stalled).toBeInstanceOf(Error);
});

it('a connection whose statement misses its limit is not used again', async () => {
  const pids = async () =>
    (await pool.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows.map((row) => row.pid);
  const [before] = await pids();
  const slow = pool.query(limited({ text: 'SELECT pg_sleep(1)' }, 200));
  await expect(slow).rejects.toThrow('timeout');
  expect(await pids()).not.toContain(before);
});

it('decisions are written again within 15 s, also those that were under way', async () => {
  await sixAtOnce();
  await persist();
  proxy.freeze();
  const again = async (): Promise<unknown> => persist().catch(again); // as the workflow does
  const results = within(15_000, () => Promise.all([again(), again(), again()]));
  const later = within(8_000, again);
  for (const result of [...(await results), await later]) expect(result).toMatchObject({ written: true });
});
