import { readdirSync } from 'node:fs';
import path from 'node:path';
import { runner } from 'node-pg-migrate';
import { Client } from 'pg';
import type { Logger } from 'pino';

const migrations = path.join(__dirname, 'migrations');
const table = 'migrations';
/** A statement of a migration may rewrite a large table, or wait for another process that migrates. */
const MIGRATION_MS = 3_600_000;
const LOOK_MS = 10_000;
const OLDEST_MAJOR = 14;

/** Thrown when the database has been migrated by a newer version of this program, which this one could harm. */
export class DatabaseTooNewError extends Error {
  override readonly name = 'DatabaseTooNewError';

  constructor(unknown: readonly string[]) {
    super(
      `The database is of a newer version of this program (it has had ${unknown.join(', ')}): update this program, or set DATABASE_URL to another database`,
    );
  }
}

/** Thrown when the server lacks what the tables are made with. */
export class PostgresTooOldError extends Error {
  override readonly name = 'PostgresTooOldError';

  constructor(version: string) {
    super(
      `PostgreSQL ${version} is too old, ${OLDEST_MAJOR} or newer is needed: update the server, or set DATABASE_URL to another one`,
    );
  }
}

/** Thrown when the database lacks migrations that this program needs. */
export class DatabaseTooOldError extends Error {
  override readonly name = 'DatabaseTooOldError';

  constructor(lacking: readonly string[]) {
    super(`The database lacks ${lacking.join(', ')}: run 'npm run migrate' first`);
  }
}

/**
 * Brings the database's tables up to this version: every numbered SQL file it has not had, in order, in one transaction.
 * Several processes may do so at once: a lock in the database lets one work while the others wait, and find nothing to do.
 * @throws DatabaseTooNewError, PostgresTooOldError
 */
export async function migrate(databaseUrl: string, logger: Logger): Promise<void> {
  const client = await connect(databaseUrl, MIGRATION_MS);
  try {
    await refuseOld(client);
    await refuseNewer(client);
    const done = await runner({
      dbClient: client,
      dir: migrations,
      migrationsTable: table,
      direction: 'up',
      advisoryLockMode: 'wait',
      log: (message) => logger.debug(message),
    });
    for (const { name } of done) logger.info(`Migrated the database: ${name}`);
  } finally {
    await client.end();
  }
}

/**
 * For processes that do not migrate.
 * @throws DatabaseTooNewError, DatabaseTooOldError
 */
export async function checkMigrated(databaseUrl: string): Promise<void> {
  const client = await connect(databaseUrl, LOOK_MS);
  try {
    const had = new Set(await refuseNewer(client));
    const lacking = known().filter((name) => !had.has(name));
    if (lacking.length > 0) throw new DatabaseTooOldError(lacking);
  } finally {
    await client.end();
  }
}

async function connect(connectionString: string, query_timeout: number): Promise<Client> {
  const client = new Client({
    ...{ connectionString, query_timeout },
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
  });
  client.on('error', () => {}); // the query that meets the loss rejects
  await client.connect();
  return client;
}

async function refuseOld(client: Client): Promise<void> {
  const { rows } = await client.query<{ version: string }>(
    `SELECT current_setting('server_version') AS version`,
  );
  const version = rows[0]?.version ?? '';
  if (Number.parseInt(version, 10) < OLDEST_MAJOR) throw new PostgresTooOldError(version);
}

/** The migrations that the database has had. */
async function refuseNewer(client: Client): Promise<string[]> {
  const { rows: found } = await client.query<{ there: boolean }>(
    'SELECT to_regclass($1) IS NOT NULL AS there',
    [table],
  );
  if (!found[0]?.there) return [];
  const { rows } = await client.query<{ name: string }>(`SELECT name FROM ${table} ORDER BY id`);
  const had = rows.map(({ name }) => name);
  const unknown = had.filter((name) => !known().includes(name));
  if (unknown.length > 0) throw new DatabaseTooNewError(unknown);
  return had;
}

function known(): string[] {
  return readdirSync(migrations).map((file) => path.parse(file).name);
}
