import { DatabaseError } from 'pg';
import type { Logger } from 'pino';
import {
  checkMigrated,
  DatabaseTooNewError,
  DatabaseTooOldError,
  migrate,
  PostgresTooOldError,
} from '../db/migrate';
import { OperatorError, reason } from './operator-error';

/**
 * Migrates the database.
 * @throws OperatorError when it cannot be reached or must not be migrated
 */
export function migrateDatabase(databaseUrl: string, logger: Logger): Promise<void> {
  return explained(databaseUrl, () => migrate(databaseUrl, logger));
}

/**
 * Makes sure that the database can be reached and has this program's version.
 * @throws OperatorError when not
 */
export function checkDatabase(databaseUrl: string): Promise<void> {
  return explained(databaseUrl, () => checkMigrated(databaseUrl));
}

const SPOKEN = [DatabaseTooNewError, DatabaseTooOldError, PostgresTooOldError];

async function explained(databaseUrl: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (SPOKEN.some((kind) => error instanceof kind)) throw new OperatorError(reason(error));
    const { host, pathname } = new URL(databaseUrl);
    const where = `PostgreSQL at ${host}${pathname}`;
    if (isRefusal(error))
      throw new OperatorError(`${where} refuses (${reason(error)}): correct DATABASE_URL`);
    if (error instanceof DatabaseError) throw error;
    throw new OperatorError(
      `${where} cannot be reached (${reason(error)}): start it, or correct DATABASE_URL`,
    );
  }
}

/** Wrong password (class 28), no such database (3D), not allowed (42501). */
function isRefusal(error: unknown): boolean {
  return error instanceof DatabaseError && /^(28|3D|42501)/.test(error.code ?? '');
}
