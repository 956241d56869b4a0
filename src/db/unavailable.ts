import { types } from 'node:util';
import { DatabaseError } from 'pg';

/** PostgreSQL cannot be reached, is not ready, or is too busy to answer in time. Worth trying again soon. */
export class PostgresUnavailableError extends Error {
  override readonly name = 'PostgresUnavailableError';

  constructor(cause?: unknown) {
    super('PostgreSQL does not answer', { cause });
  }
}

/**
 * SQLSTATE classes and codes that tell of the server's condition and not of the statement: connections (08), rights and
 * names of the whole database (28, 3D), resources (53), shutdown and start (57P), a statement cut off for taking too long (57014), a
 * standby (25006), a lock or a serialisation lost to somebody else (55P03, 40).
 */
const CONDITIONS = /^(08|28|3D|40|53|57P|57014|25006|55P03)/;

/**
 * Whether the error, of `pg`'s making, tells of PostgreSQL being away rather than of a fault of ours. A connection that is cut in
 * the middle of an answer reaches us as an answer that nobody sent (no SQLSTATE), or as the driver's tripping over its own state.
 */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof PostgresUnavailableError) return true;
  if (error instanceof DatabaseError) return error.code === undefined || CONDITIONS.test(error.code);
  if (error instanceof TypeError || error instanceof RangeError) return isOfTheDriver(error);
  return types.isNativeError(error); // also of Node's own making, which where code is sandboxed is no `Error` of ours
}

/** Thrown in the driver itself: its own line is the first of the stack. */
function isOfTheDriver({ stack = '' }: Error): boolean {
  const first = stack.split('\n').find((line) => line.trimStart().startsWith('at '));
  return first !== undefined && /[\\/]node_modules[\\/]pg(-pool|-protocol)?[\\/]/.test(first);
}
