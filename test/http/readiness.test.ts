/** What `/readyz` says of a worker and of PostgreSQL, each reached through a wire of its own. See also outages.test.ts. */
import type { Pool } from 'pg';
import { createPool } from '../../src/db/pool';
import { createLogger } from '../../src/runtime/log';
import { connectTemporal } from '../../src/runtime/temporal';
import { startWorker, type RunningWorker } from '../../src/runtime/worker';
import type { TemporalConnection } from '../../src/temporal/connection';
import { TASK_QUEUE, workflowId } from '../../src/temporal/contract';
import { testSecrets } from '../support/secrets';
import { createDatabase, temporalAddress, type TestDatabase } from '../support/servers';
import { eventually } from '../workflows/support/eventually';
import { TestApi } from './support/api';
import { TcpProxy } from './support/tcp-proxy';

const logger = createLogger('silent');

let database: TestDatabase;
let [ofApi, ofWorker]: TcpProxy[] = [];
let temporal: TemporalConnection;
let pool: Pool;
let worker: RunningWorker;
let api: TestApi;

beforeAll(async () => {
  database = await createDatabase();
  temporal = await connectTemporal({ address: temporalAddress(), namespace: 'default' }, logger);
  const [apiUrl, workerUrl] = await Promise.all([wire(), wire()]);
  [ofApi, ofWorker] = [apiUrl.proxy, workerUrl.proxy];
  pool = createPool({ databaseUrl: workerUrl.url, role: 'conversations_worker', max: 6, logger });
  worker = await startWorker({
    temporal,
    pool,
    webhooks: { pool, secrets: testSecrets, allowed: 'loopback' },
    logger,
  });
  api = await TestApi.start({
    ...{ client: temporal.client, database, databaseUrl: apiUrl.url, taskQueue: TASK_QUEUE },
  });
  await api.inbox({}, 'support');
});
beforeEach(() => eventually('it is ready', async () => (await readiness()).status === 200));
afterAll(async () => {
  await api.stop();
  await worker.stop();
  await pool.end();
  await temporal.connection.close();
  ofApi?.close();
  ofWorker?.close();
  await database.drop();
});

async function wire(): Promise<{ proxy: TcpProxy; url: string }> {
  const url = new URL(database.url);
  const proxy = await TcpProxy.to(url.hostname, Number(url.port));
  url.host = proxy.address;
  return { proxy, url: url.href };
}

async function readiness(): Promise<Record<string, unknown>> {
  const { status, body } = await api.get('/readyz', { key: null });
  return { status, ...body };
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const read = () => api.get('/v1/inboxes/support');

it('all parts, and for how long a decision has been waiting to be written', async () => {
  expect(await readiness()).toEqual({
    ...{ status: 200, temporal: 'ok', worker: 'ok', postgres: 'ok' },
    oldest_unwritten_seconds: expect.any(Number) as number,
  });
});

it('a worker whose writes do not arrive is unavailable, and PostgreSQL is not', async () => {
  ofWorker?.silence();
  await eventually('it is told', async () => {
    const { status, worker, postgres } = await readiness();
    return status === 503 && worker === 'unavailable' && postgres === 'ok';
  });
  await ofWorker?.open();
  await eventually('it is ready again', async () => (await readiness()).status === 200);
});

it('a worker that is behind with its writes is unavailable', async () => {
  await database.pool.query(`INSERT INTO workers VALUES ('1@elsewhere', now(), 7000)`);
  await eventually('it is told', async () => {
    const { worker, oldest_unwritten_seconds } = await readiness();
    return worker === 'unavailable' && oldest_unwritten_seconds === 7;
  });
  await database.pool.query(`DELETE FROM workers WHERE worker = '1@elsewhere'`);
});

it('a worker tells how late timers act, and what it was sent that is no event', async () => {
  const inbox = await api.inbox({ auto_archive: { after_seconds: 1 } });
  const events = `/v1/inboxes/${inbox}/conversations/c_1/events`;
  await api.post(events, { id: 'm', type: 'message' });
  await temporal.client.workflow
    .getHandle(workflowId({ account: api.account, inbox, conversation: 'c_1' }))
    .signal('close', { id: 7 });
  await api.post(events, { id: 'x', type: 'close', agent: 'ana' });
  await eventually('both are told', async () => {
    const { body } = await api.get('/v1/health');
    return body.dropped === 1 && typeof body.timer_lag_seconds === 'number';
  });
});

it('one slow answer of PostgreSQL makes nothing unavailable', async () => {
  for (let i = 0; i < 3; i++) {
    await pause(2_100); // for as long as the last answer is remembered
    ofApi?.silence();
    setTimeout(() => void ofApi?.open(), 750);
    const asked = Promise.all([readiness(), read()]);
    const [ready, answer] = await asked;
    expect({ postgres: ready.postgres, read: answer.status }).toEqual({ postgres: 'ok', read: 200 });
    expect((await read()).status).toBe(200);
  }
});

it('connections that died without a word are replaced: it says ok, and reads are served', async () => {
  for (let i = 0; i < 3; i++) {
    await Promise.all(Array.from({ length: 8 }, read));
    await pause(2_100);
    ofApi?.freeze();
    expect(await readiness()).toMatchObject({ postgres: 'ok' });
    const answers = await Promise.all(Array.from({ length: 8 }, read));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200));
  }
});

it('connections that died without a word keep reads for less than 5 s', async () => {
  await Promise.all(Array.from({ length: 8 }, read));
  ofApi?.freeze();
  await Promise.all(
    Array.from({ length: 8 }, () => eventually('served', async () => (await read()).status === 200, 5_000)),
  );
});
