/** Makes a call to Temporal within a time limit, and says what its failure means. */
import { isGrpcServiceError, ServiceError, type Client } from '@temporalio/client';
import { NamespaceNotFoundError } from '@temporalio/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConversationFullError, TemporalRefusedError, TemporalUnavailableError } from './errors';

/** the gRPC status codes that we tell apart */
const CODES = {
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  UNIMPLEMENTED: 12,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
} as const;

const NO_ANSWER: readonly number[] = [CODES.UNAVAILABLE, CODES.DEADLINE_EXCEEDED];
/**
 * These are over in a moment: a workflow that is just completing (RESOURCE_EXHAUSTED), a server that
 * restarts.
 */
const PASSING: readonly number[] = [CODES.RESOURCE_EXHAUSTED, CODES.ABORTED, CODES.UNAVAILABLE];
/** With these a call gets the same answer until somebody changes the set-up. */
const REFUSALS: readonly number[] = [
  ...[CODES.INVALID_ARGUMENT, CODES.NOT_FOUND, CODES.PERMISSION_DENIED, CODES.FAILED_PRECONDITION],
  ...[CODES.UNIMPLEMENTED, CODES.UNAUTHENTICATED],
];
/** Temporal's message for a run that has as many signals as it may have. */
const FULL = /exceeded workflow execution limit/;

const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 200;

class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
}

/**
 * Makes a call, and repeats it if that may help, for at most `ms`. The deadline ends the current attempt. It
 * does not end the SDK's pauses between its own attempts, so we have a timer too.
 */
export async function limited<T>(
  client: Pick<Client, 'withDeadline'>,
  ms: number,
  call: () => Promise<T>,
): Promise<T> {
  const end = Date.now() + ms;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new NoAnswerError(`none within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([client.withDeadline(end, () => repeated(call, end)), late]);
  } finally {
    clearTimeout(timer);
  }
}

async function repeated<T>(call: () => Promise<T>, end: number): Promise<T> {
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    try {
      return await call();
    } catch (error) {
      if (!PASSING.includes(codeOf(error) ?? 0) || Date.now() + pause > end) throw error;
    }
    await sleep(pause * (0.75 + Math.random() / 2));
  }
}

/** What the call is about is not there. */
export function isGone(error: unknown): boolean {
  return codeOf(error) === CODES.NOT_FOUND;
}

/** No answer came. A server that is busy or refuses does answer. */
export function isOutage(error: unknown): boolean {
  return error instanceof NoAnswerError || NO_ANSWER.includes(codeOf(error) ?? 0);
}

/**
 * The error that says what a failed call means for the service. An error that is not Temporal's stays as it
 * is.
 */
export function meaningOf(error: unknown): unknown {
  if (error instanceof NoAnswerError) return new TemporalUnavailableError(error);
  if (error instanceof NamespaceNotFoundError) return new TemporalRefusedError(error.message, error);
  const cause = causeOf(error);
  if (!isGrpcServiceError(cause))
    return error instanceof ServiceError ? new TemporalUnavailableError(error) : error;
  if (FULL.test(cause.message)) return new ConversationFullError(error);
  return REFUSALS.includes(cause.code)
    ? new TemporalRefusedError(cause.message, error)
    : new TemporalUnavailableError(error);
}

function codeOf(error: unknown): number | undefined {
  const cause = causeOf(error);
  return isGrpcServiceError(cause) ? cause.code : undefined;
}

function causeOf(error: unknown): unknown {
  return error instanceof ServiceError ? error.cause : error;
}
