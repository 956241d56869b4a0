/** How a call to Temporal is made within its limit, and what it means when it fails. */
import { isGrpcServiceError, ServiceError, type Client } from '@temporalio/client';
import { NamespaceNotFoundError } from '@temporalio/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConversationFullError, TemporalRefusedError, TemporalUnavailableError } from './errors';

/** gRPC's status codes, as far as they are told apart */
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
/** Over in a moment: a workflow that is just completing (RESOURCE_EXHAUSTED), a server that restarts. */
const PASSING: readonly number[] = [CODES.RESOURCE_EXHAUSTED, CODES.ABORTED, CODES.UNAVAILABLE];
/** The same call gets the same answer until somebody changes the set-up. */
const REFUSALS: readonly number[] = [
  ...[CODES.INVALID_ARGUMENT, CODES.NOT_FOUND, CODES.PERMISSION_DENIED, CODES.FAILED_PRECONDITION],
  ...[CODES.UNIMPLEMENTED, CODES.UNAUTHENTICATED],
];
/** Temporal's words for a run that has taken as many signals as it may. */
const FULL = /exceeded workflow execution limit/;

const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 200;

class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
}

/**
 * Makes a call, again where that may help, for `ms` at most. The deadline ends the call that is under way; between the attempts
 * that the SDK makes for its own part nothing does, so a timer of ours is the last word.
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

/** Nobody answers; a busy or refusing server does. */
export function isOutage(error: unknown): boolean {
  return error instanceof NoAnswerError || NO_ANSWER.includes(codeOf(error) ?? 0);
}

/** The error that says what a failed call means to the service; what Temporal has no part in stays as it is. */
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
