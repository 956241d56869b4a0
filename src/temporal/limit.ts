import { isGrpcServiceError, ServiceError, type Client } from '@temporalio/client';

/** gRPC's UNAVAILABLE and DEADLINE_EXCEEDED */
const NO_ANSWER: readonly number[] = [14, 4];

class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
}

/**
 * The deadline ends the call that is under way; between the attempts that the SDK makes for its own part nothing does, so a
 * timer of ours is the last word.
 */
export async function limited<T>(
  client: Pick<Client, 'withDeadline'>,
  ms: number,
  call: () => Promise<T>,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new NoAnswerError(`none within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([client.withDeadline(Date.now() + ms, call), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Nobody answers; a busy or refusing server does. */
export function isOutage(error: unknown): boolean {
  if (error instanceof NoAnswerError) return true;
  const cause = error instanceof ServiceError ? error.cause : error;
  return isGrpcServiceError(cause) && NO_ANSWER.includes(cause.code);
}
