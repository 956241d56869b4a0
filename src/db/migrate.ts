import { readdirSync } from 'node:fs';
import path from 'node:path';
import { runner } from 'node-pg-migrate';
import { Client } from 'pg';
import type { Logger } from 'pino';

const migrations = path.join(__dirname, 'migrations');
const table = 'migrations';

/** Thrown when the database has been migrated by a newer version of this program, which this one could harm. */
export class DatabaseTooNewError extends Error {
  override readonly name = 'DatabaseTooNewError';

  constructor(unknown: readonly string[]) {
    super(
      `The database is of a newer version of this program (it has had ${unknown.join(', ')}): update this program, or set DATABASE_URL to another database`,
    );
  }
}

/**
 * Brings the database's tables up to this version: every numbered SQL file it has not had, in order, in one transaction.
 * Several processes may do so at once: a lock in the database lets one work while the others wait, and find nothing to do.
 * @throws DatabaseTooNewError
 */
export async function migrate(databaseUrl: string, logger: Logger): Promise<void> {
  const client = new Client({
    connectionString: databaseUrl,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
  });
  client.on('error', () => {}); // the query that meets the loss rejects
  await client.connect();
  try {
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

async function refuseNewer(client: Client): Promise<void> {
  const { rows: found } = await client.query<{ there: boolean }>(
    'SELECT to_regclass($1) IS NOT NULL AS there',
    [table],
  );
  if (!found[0]?.there) return;
  const { rows: had } = await client.query<{ name: string }>(`SELECT name FROM ${table} ORDER BY id`);
  const known = new Set(readdirSync(migrations).map((file) => path.parse(file).name));
  const unknown = had.map(({ name }) => name).filter((name) => !known.has(name));
  if (unknown.length > 0) throw new DatabaseTooNewError(unknown);
}
