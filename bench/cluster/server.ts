/**
 * A Temporal server with its data in PostgreSQL, like a cluster: all four services in one process, four
 * shards.
 */
import { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { startChild } from '../../src/embedded/child';
import type { DataFolder } from '../../src/embedded/data-folder';
import { freePort } from '../../src/embedded/ports';
import { missingFrom } from '../../src/embedded/temporal-server';
import { clusterPrograms } from './programs';

const SHARDS = 4;
const START_MS = 60_000;
const KEYWORD = 2;
const deploy = path.join(__dirname, '..', '..', 'deploy', 'temporal');

export interface ClusterOptions {
  folder: DataFolder;
  cacheDir: string;
  databaseUrl: string;
  namespace: string;
  keywords: readonly string[];
  say: (what: string) => void;
}

export async function startCluster(
  options: ClusterOptions,
): Promise<{ address: string; stop: () => Promise<void> }> {
  const { folder, cacheDir, databaseUrl, say } = options;
  const programs = await clusterPrograms(cacheDir, say);
  say('making the databases of Temporal');
  const db = new URL(databaseUrl);
  await promisify(execFile)('sh', [path.join(deploy, 'schema.sh')], {
    env: {
      PATH: `${programs.bin}:${process.env.PATH ?? ''}`,
      ...{ SQL_PLUGIN: 'postgres12', SQL_HOST: db.hostname, SQL_PORT: db.port },
      ...{ SQL_USER: decodeURIComponent(db.username), SQL_PASSWORD: decodeURIComponent(db.password) },
    },
  });
  say('starting Temporal');
  const ports = await freePorts();
  const child = startChild({
    ...{ name: 'temporal', folder, command: programs.server, args: ['start'] },
    env: {
      PATH: process.env.PATH,
      ...{ DB: 'postgres12', POSTGRES_SEEDS: db.hostname, DB_PORT: db.port },
      ...{ POSTGRES_USER: decodeURIComponent(db.username), POSTGRES_PWD: decodeURIComponent(db.password) },
      ...{ SQL_MAX_CONNS: '20', SQL_MAX_IDLE_CONNS: '20', SQL_VIS_MAX_CONNS: '5' },
      ...{ NUM_HISTORY_SHARDS: String(SHARDS), BIND_ON_IP: '127.0.0.1', LOG_LEVEL: 'error' },
      ...{ GOGC: '2000', GOMEMLIMIT: '1GiB' }, // as docker-compose.yml has it
      DYNAMIC_CONFIG_FILE_PATH: path.join(deploy, 'dynamic-config.yaml'),
      ...ports,
    },
  });
  const address = `127.0.0.1:${ports.FRONTEND_GRPC_PORT}`;
  const end = Date.now() + START_MS;
  for (;;) {
    await prepare(address, options).catch(() => {}); // what is missing then says why
    const problem = await missingFrom(address, options);
    if (problem === '') return { address, stop: () => child.stop() };
    if (!child.isRunning() || Date.now() > end) {
      await child.stop();
      throw new Error(`Temporal did not start: ${problem}. Its last lines:\n${child.lastLines()}`);
    }
    await sleep(500);
  }
}

/** The server stores them as signed 16-bit numbers. */
const FIRST_PORT = 17_000;

async function freePorts(): Promise<Record<string, string>> {
  const services = ['FRONTEND', 'HISTORY', 'MATCHING', 'WORKER'];
  const names = services.flatMap((service) => [`${service}_GRPC_PORT`, `${service}_MEMBERSHIP_PORT`]);
  const ports: [string, string][] = [];
  let next = FIRST_PORT;
  for (const name of [...names, 'FRONTEND_HTTP_PORT']) {
    while ((await freePort(next)) !== next) next += 1;
    ports.push([name, String(next)]);
    next += 1;
  }
  return Object.fromEntries(ports);
}

/**
 * Makes the namespace and registers the search attributes. It tries again and again, because the server does
 * not know them at once.
 */
async function prepare(address: string, { namespace, keywords }: ClusterOptions): Promise<void> {
  let connection: Connection | undefined;
  try {
    connection = await Connection.connect({ address, connectTimeout: 2_000 });
    const { workflowService, operatorService } = connection;
    await workflowService
      .registerNamespace({ namespace, workflowExecutionRetentionPeriod: msToTs('1 day') })
      .catch(ignoreExisting);
    const searchAttributes = Object.fromEntries(keywords.map((name) => [name, KEYWORD]));
    await operatorService.addSearchAttributes({ namespace, searchAttributes }).catch(ignoreExisting);
  } finally {
    await connection?.close();
  }
}

function ignoreExisting(error: unknown): void {
  if (!/already exists|already registered|AlreadyExists/i.test(String(error))) throw error;
}
