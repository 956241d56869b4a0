import { Client, Connection } from '@temporalio/client';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Pool } from 'pg';
import { migrate } from '../src/db/migrate';
import { openDataFolder } from '../src/embedded/data-folder';
import { startPostgres } from '../src/embedded/postgres-server';
import { startTemporal } from '../src/embedded/temporal-server';
import { createLogger } from '../src/runtime/log';
import { SEARCH_ATTRIBUTES } from '../src/temporal/contract';
import { Child } from './child';
import { cpuMs, memoryBytes } from './proc';
import { startCluster } from './cluster/server';
import { Loader } from './load/loader';

const NAMESPACE = 'default';
export const INBOX = 'bench';
export const KEY = 'bench-key-0123456789';
const logger = createLogger('warn');

export type SetupName = 'embedded' | 'cluster';

/**
 * What the rows use: real servers, the service's own processes, the bare loop's worker, and the load process.
 */
export interface Setup {
  name: SetupName;
  dir: string;
  address: string;
  namespace: string;
  client: Client;
  databaseUrl: string;
  /** as the database's owner */
  pool: Pool;
  /** the API's base */
  url: string;
  key: string;
  inbox: string;
  loader: Loader;
  /** processor time used so far, by part, in milliseconds */
  cpu(): Record<string, number>;
  /** resident memory by part, in bytes; if a part has several processes, of the first */
  memory(): Record<string, number>;
  /** the versions of the engines, for the report */
  versions: Record<string, string>;
  /** one more process, as a second machine would run it */
  startWorker(): Promise<Child>;
  startApi(): Promise<{ child: Child; url: string }>;
  /** an endpoint for webhooks */
  startReceiver(): Promise<{ child: Child; url: string }>;
  /** the same job without workflows: an API and a worker over a job queue in the same database */
  startQueue(): Promise<{ url: string; stop(): Promise<void> }>;
  stop(): Promise<void>;
}

export async function startSetup(name: SetupName, say: (what: string) => void): Promise<Setup> {
  const dir = mkdtempSync(path.join(tmpdir(), 'conversation-status-bench-'));
  const stops: (() => unknown)[] = [() => rmSync(dir, { recursive: true, force: true })];
  const stopAll = async () => {
    if (process.env.BENCH_KEEP) cpSync(path.join(dir, 'logs'), process.env.BENCH_KEEP, { recursive: true });
    for (const one of stops.splice(0).reverse()) await one();
  };
  let stopped: Promise<void> | undefined;
  const stop = () => (stopped ??= stopAll());
  try {
    return { ...(await parts(name, dir, stops, say)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function parts(
  name: SetupName,
  dir: string,
  stops: (() => unknown)[],
  say: (what: string) => void,
): Promise<Omit<Setup, 'stop'>> {
  say('starting PostgreSQL');
  const folder = openDataFolder(path.join(dir, 'data'));
  mkdirSync(path.join(dir, 'logs'));
  const postgres = await startPostgres({ folder, logger });
  stops.push(() => postgres.stop());
  say(`starting Temporal (${name})`);
  const cacheDir = path.join(__dirname, '..', '.cache');
  const keywords = Object.values(SEARCH_ATTRIBUTES);
  const temporal =
    name === 'cluster'
      ? await startCluster({
          folder,
          cacheDir,
          databaseUrl: postgres.url,
          namespace: NAMESPACE,
          keywords,
          say,
        })
      : await startTemporal({ folder, logger, cacheDir, namespace: NAMESPACE, keywords });
  stops.push(() => temporal.stop());
  say('starting the worker, the API and the counting worker');
  await migrate(postgres.url, logger);
  const pool = new Pool({ connectionString: postgres.url, max: 4 });
  pool.on('error', () => {});
  const connection = await Connection.connect({ address: temporal.address });
  const client = new Client({ connection, namespace: NAMESPACE });
  stops.push(
    () => pool.end(),
    () => connection.close(),
  );

  const env = {
    ...{ DATABASE_URL: postgres.url, TEMPORAL_ADDRESS: temporal.address, TEMPORAL_NAMESPACE: NAMESPACE },
    ...{ HOST: '127.0.0.1', PORT: '0', LOG_LEVEL: 'info', BOOTSTRAP_API_KEY: KEY, BENCH_DIR: dir },
    ...{ SECRETS_KEY: Buffer.alloc(32, 7).toString('base64'), WEBHOOK_ALLOW_PRIVATE: 'true' },
  };
  let started = 0;
  const start = (script: string) => {
    const log = path.join(dir, 'logs', `${path.basename(script, '.ts')}-${++started}.log`);
    const child = Child.start(script, env, log);
    stops.push(() => child.stop());
    return child;
  };
  const startWorker = async () => {
    const child = start('src/worker.ts');
    await child.says(/The worker polls/);
    return child;
  };
  const startApi = async () => {
    const child = start('src/api.ts');
    const [, url = ''] = await child.says(/"url":"([^"]+)"/);
    return { child, url };
  };
  const startReceiver = async () => {
    const child = start('bench/told/receiver.ts');
    const [, receiver = ''] = await child.says(/"url":"([^"]+)"/);
    return { child, url: receiver };
  };
  const startQueue = async () => {
    const queueWorker = start('bench/queue/worker.ts');
    await queueWorker.says(/ready/); // it also makes the queue's tables
    const queueApi = start('bench/queue/api.ts');
    const [, queueUrl = ''] = await queueApi.says(/"url":"([^"]+)"/);
    const stopBoth = () => Promise.all([queueApi.stop(), queueWorker.stop()]).then(() => {});
    return { url: queueUrl, stop: stopBoth };
  };
  const counting = start('bench/counting-worker.ts');
  const [worker, { child: api, url }] = await Promise.all([startWorker(), startApi()]);
  await counting.says(/ready/);
  await putInbox(url, KEY);
  const loader = new Loader();
  const server = pidIn(folder.at('run', 'temporal.json'));
  const parts = { server, postgres: pidIn(folder.at('run', 'postgres.json')), counting: counting.pid };
  const pids = { ...parts, worker: worker.pid, api: api.pid, load: loader.pid };
  const cpu = () => Object.fromEntries(Object.entries(pids).map(([part, pid]) => [part, cpuMs(pid)]));
  const memory = () =>
    Object.fromEntries(Object.entries(pids).map(([part, pid]) => [part, memoryBytes(pid)]));
  stops.push(() => loader.close());
  return {
    ...{
      name,
      dir,
      address: temporal.address,
      namespace: NAMESPACE,
      client,
      databaseUrl: postgres.url,
      pool,
    },
    ...{ url, key: KEY, inbox: INBOX, loader, startWorker, startApi, startReceiver, startQueue, cpu, memory },
    versions: await versionsOf(client, pool),
  };
}

/** The process of a server, from the record that the embedded start keeps. */
function pidIn(record: string): number {
  return (JSON.parse(readFileSync(record, 'utf8')) as { pid: number }).pid;
}

export async function putInbox(url: string, key: string, inbox = INBOX): Promise<void> {
  const response = await fetch(`${url}/v1/inboxes/${inbox}`, {
    method: 'PUT',
    headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
    body: '{"settings":{}}',
  });
  if (!response.ok) throw new Error(`the inbox was not made: ${response.status} ${await response.text()}`);
}

async function versionsOf(client: Client, pool: Pool): Promise<Record<string, string>> {
  const { serverVersion } = await client.workflowService.getSystemInfo({});
  const { rows } = await pool.query<{ server_version: string }>('SHOW server_version');
  return {
    'Temporal server': serverVersion ?? '?',
    PostgreSQL: rows[0]?.server_version ?? '?',
    Node: process.version,
  };
}
