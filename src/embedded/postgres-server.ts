import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, escapeIdentifier } from 'pg';
import type { Logger } from '../runtime/log';
import { OperatorError, reason } from '../runtime/operator-error';
import { endLeftover, startChild, type Child } from './child';
import type { DataFolder } from './data-folder';
import { freePort } from './ports';
import { clearStalePid, dataDirArgument, ensureCluster, owner } from './postgres-cluster';
import { postgresHome } from './postgres-program';
import { postgresUser } from './postgres-user';
import { keptSecret } from './private-file';

export interface EmbeddedPostgres extends Pick<Child, 'exited' | 'lastLines' | 'stop'> {
  /** The URL of the service's database, as its owner, with the password. */
  readonly url: string;
}

export interface PostgresOptions {
  readonly folder: DataFolder;
  readonly logger: Logger;
  /** Called with the server's process as soon as it exists, long before it answers. */
  readonly onChild?: (child: Child) => void;
  /** A port to take if it is free; else any other. */
  readonly preferredPort?: number;
  /** They override `settings`. */
  readonly settings?: Readonly<Record<string, string>>;
}

/**
 * Where we differ from PostgreSQL's defaults. A commit must be on the disk before it is answered; never
 * change that here.
 */
const settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  max_connections: '100',
  shared_buffers: '128MB',
  effective_cache_size: '512MB',
  max_wal_size: '1GB',
  checkpoint_completion_target: '0.9',
  random_page_cost: '1.1',
  log_min_messages: 'warning',
  log_line_prefix: '%m [%p] ',
};

const startTimeoutMs = 30_000;
const attempts = 3;

/**
 * Starts PostgreSQL on the cluster in the data folder and waits until it answers. The first start makes the
 * cluster. PostgreSQL recovers on its own after it was killed.
 * @throws OperatorError when the folder or the user cannot be used; with the server's last lines when it does
 * not start
 */
export async function startPostgres(options: PostgresOptions): Promise<EmbeddedPostgres> {
  const { folder, logger } = options;
  if (await endLeftover(folder, 'postgres'))
    logger.warn('Ended a PostgreSQL that an earlier start left behind');
  const dir = folder.at('postgres');
  const user = postgresUser(dir);
  const home = postgresHome(user);
  const password = keptSecret(folder.at('postgres-password'));
  await ensureCluster(folder, home, user, folder.at('postgres-password'));
  clearStalePid(dir);

  for (let attempt = 1; ; attempt++) {
    const port = await freePort(attempt === 1 ? options.preferredPort : 0);
    const args = Object.entries({ ...settings, ...options.settings, port: String(port) });
    const child = startChild({
      ...{ name: 'postgres', folder, user, cwd: dir },
      command: path.join(home, 'bin', 'postgres'),
      args: [
        '-D',
        dataDirArgument(dir, user),
        ...args.flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      ],
    });
    options.onChild?.(child);
    const url = `postgres://${owner}:${password}@127.0.0.1:${port}/${owner}`;
    const problem = await untilReady(child, url);
    if (problem === undefined) return { url, ...child };
    await child.stop();
    if (attempt === attempts || !/could not bind|Address already in use/.test(child.lastLines(20))) {
      throw new OperatorError(`PostgreSQL did not start: ${problem}. Its last lines:\n${child.lastLines()}`);
    }
  }
}

/** Undefined once the service's database exists and answers; else what went wrong. */
async function untilReady(child: Child, url: string): Promise<string | undefined> {
  const end = Date.now() + startTimeoutMs;
  let last = 'no answer';
  while (Date.now() < end) {
    if (!child.isRunning()) return child.exited;
    try {
      await ensureDatabase(url);
      return undefined;
    } catch (error) {
      last = reason(error);
    }
    await sleep(30);
  }
  return last;
}

async function ensureDatabase(url: string): Promise<void> {
  const admin = new URL(url);
  admin.pathname = '/postgres';
  const client = new Client({ connectionString: admin.href, connectionTimeoutMillis: 5_000 });
  client.on('error', () => {}); // the query that meets the loss rejects
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [owner]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${escapeIdentifier(owner)}`);
  } finally {
    await client.end();
  }
}
