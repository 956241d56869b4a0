/**
 * A problem that the person who starts the service can mend: a busy port, a missing variable, a folder of
 * another user. Only its message is shown, which names the fix, never a stack. One problem a line.
 */
export class OperatorError extends Error {
  override readonly name = 'OperatorError';
}

/** The system's short code (`ENOENT`, `EADDRINUSE`), or undefined if the error has none. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** One line that says what went wrong. For messages only: log the error itself, which keeps its stack. */
export function reason(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reason(error.errors[0]);
  const text = error instanceof Error ? error.message || error.name : String(error);
  return text.split('\n', 1)[0] ?? text;
}
