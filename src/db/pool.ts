import { Pool, type PoolClient, type QueryConfig } from 'pg';
import type { Logger } from 'pino';
import { watchPool } from '../metrics/pools';

/** Whose rights the connections have, whoever logs in: the migrations give each only what its process needs. */
export type DatabaseRole = 'conversations_api' | 'conversations_worker';

export interface PoolOptions {
  readonly databaseUrl: string;
  readonly role: DatabaseRole;
  /** Connections at most. */
  readonly max: number;
  readonly logger: Logger;
}

/**
 * How long a process waits for the answer to a statement, in milliseconds. If a statement takes longer, the
 * pool also drops its connection.
 */
const limitMs: Record<DatabaseRole, number> = { conversations_api: 3_500, conversations_worker: 6_000 };
/** For statements that read or write thousands of rows; a little more than PostgreSQL itself gives them. */
export const LONG_MS = 12_000;

const connectTimeoutMs = 5_000;
const statementTimeoutMs = 10_000;
const idleInTransactionTimeoutMs = 15_000;
/** A connection that is used for longer makes us doubt those that are idle. */
const stalledMs = 1_000;
const pingMs = 700;

/**
 * A pool whose sessions act as `role`. A lost idle connection is only logged: the next query makes a new one
 * or rejects.
 */
export function createPool({ databaseUrl, role, max, logger }: PoolOptions): Pool {
  const { url, options } = withoutOptions(databaseUrl);
  const session = [
    `-c role=${role}`,
    `-c statement_timeout=${statementTimeoutMs}`,
    `-c idle_in_transaction_session_timeout=${idleInTransactionTimeoutMs}`,
    '-c timezone=UTC',
    // a plan made while a table was small is kept while it grows: it must be one that suits a large one
    '-c enable_seqscan=off',
    // with PostgreSQL's default of 4 it sorts a whole inbox rather than walk an index for a page
    '-c random_page_cost=1.1',
  ];
  const pool = new Pool({
    connectionString: url,
    options: [options, ...session].filter(Boolean).join(' '),
    application_name: role,
    max,
    connectionTimeoutMillis: connectTimeoutMs,
    query_timeout: limitMs[role],
    idleTimeoutMillis: 30_000,
    keepAlive: true,
  });
  pool.on('error', (error) => {
    if (!pool.ending) logger.warn({ err: error }, 'An idle database connection was lost');
  });
  // one that is lost in use: the statement that meets it rejects, and that is enough
  pool.on('connect', (client) => client.on('error', () => {}));
  doubtIdle(pool);
  watchPool(pool, role);
  return pool;
}

/** A network that swallows everything swallows it on all connections: when one stalls, the idle ones are asked. */
function doubtIdle(pool: Pool): void {
  const stalls = new Map<PoolClient, NodeJS.Timeout>();
  let asking = false;
  const ask = async () => {
    if (asking) return;
    asking = true;
    await dropDead(pool);
    asking = false;
  };
  pool.on('acquire', (client) =>
    stalls.set(
      client,
      setTimeout(() => void ask(), stalledMs),
    ),
  );
  pool.on('release', (_, client) => {
    clearTimeout(stalls.get(client));
    stalls.delete(client);
  });
}

/** Asks every idle connection, and throws away those that do not answer soon. */
export async function dropDead(pool: Pool): Promise<void> {
  await Promise.all(Array.from({ length: pool.idleCount }, () => ping(pool).catch(() => {})));
}

async function ping(pool: Pool): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query(limited({ text: 'SELECT 1' }, pingMs));
    client.release();
  } catch (error) {
    client.release(error instanceof Error ? error : true);
  }
}

/** The statement with a limit of its own, in milliseconds, instead of the process's limit. */
export function limited(statement: QueryConfig<unknown[]>, query_timeout: number): QueryConfig<unknown[]> {
  const config = { ...statement, query_timeout };
  return config;
}

/** Options in the URL would replace ours, so we put them in front of ours. */
function withoutOptions(databaseUrl: string): { url: string; options: string | null } {
  const url = new URL(databaseUrl);
  const options = url.searchParams.get('options');
  url.searchParams.delete('options');
  return { url: url.href, options };
}
