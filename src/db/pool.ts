import { Pool } from 'pg';
import type { Logger } from 'pino';

/** Whose rights the connections have, whoever logs in: the migrations give each only what its process needs. */
export type DatabaseRole = 'conversations_api' | 'conversations_worker';

export interface PoolOptions {
  readonly databaseUrl: string;
  readonly role: DatabaseRole;
  /** Connections at most. */
  readonly max: number;
  readonly logger: Logger;
}

const connectTimeoutMs = 5_000;
const statementTimeoutMs = 10_000;
const idleInTransactionTimeoutMs = 15_000;

/**
 * A pool whose sessions act as `role`. Losing an idle connection is logged and no more: the next query makes a new one, or
 * rejects.
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
  ];
  const pool = new Pool({
    connectionString: url,
    options: [options, ...session].filter(Boolean).join(' '),
    application_name: role,
    max,
    connectionTimeoutMillis: connectTimeoutMs,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
  });
  pool.on('error', (error) => {
    if (!pool.ending) logger.warn({ err: error }, 'An idle database connection was lost');
  });
  return pool;
}

/** Options in the URL would replace ours: they are put in front of them instead. */
function withoutOptions(databaseUrl: string): { url: string; options: string | null } {
  const url = new URL(databaseUrl);
  const options = url.searchParams.get('options');
  url.searchParams.delete('options');
  return { url: url.href, options };
}
