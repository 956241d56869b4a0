import { types } from 'node:util';
import { DatabaseError } from 'pg';

/** PostgreSQL cannot be reached, is not ready, or is too busy to answer in time. Try again soon. */
export class PostgresUnavailableError extends Error {
  override readonly name = 'PostgresUnavailableError';

  constructor(cause?: unknown) {
    super('PostgreSQL does not answer', { cause });
  }
}

/** What a look-up gives while PostgreSQL is away, for callers who go on without it. @throws any other error */
export function nullWhileAway(error: unknown): null {
  if (error instanceof PostgresUnavailableError) return null;
  throw error;
}

/**
 * SQLSTATE classes and codes about the server and not about the statement: connections (08), rights and names
 * of the whole database (28, 3D), resources (53), shutdown and start (57P), a statement cut off for taking
 * too long (57014), a standby (25006), a lock or a serialisation lost to another session (55P03, 40).
 */
const CONDITIONS = /^(08|28|3D|40|53|57P|57014|25006|55P03)/;

/**
 * Whether an error of `pg` means that PostgreSQL is away and not that we made a mistake. If a connection is
 * cut in the middle of an answer, we get an error without SQLSTATE, or an error of the driver about its own
 * state.
 */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof PostgresUnavailableError) return true;
  if (error instanceof DatabaseError) return error.code === undefined || CONDITIONS.test(error.code);
  if (error instanceof TypeError || error instanceof RangeError) return isOfTheDriver(error);
  return types.isNativeError(error); // also of Node's own making, which where code is sandboxed is no `Error` of ours
}

/** Thrown in the driver itself: the first line of the stack is its own. */
function isOfTheDriver({ stack = '' }: Error): boolean {
  const first = stack.split('\n').find((line) => line.trimStart().startsWith('at '));
  return first !== undefined && /[\\/]node_modules[\\/]pg(-pool|-protocol)?[\\/]/.test(first);
}
