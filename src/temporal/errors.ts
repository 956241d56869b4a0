/**
 * Temporal cannot be reached or takes too long. It may have done the call all the same; to repeat it is safe.
 */
export class TemporalUnavailableError extends Error {
  override readonly name = 'TemporalUnavailableError';

  constructor(cause?: unknown) {
    super('Temporal does not answer', { cause });
  }
}

/**
 * Temporal answers and refuses until somebody changes the set-up: the namespace is missing, or the service
 * may not use it. To repeat the call does not help.
 */
export class TemporalRefusedError extends Error {
  override readonly name = 'TemporalRefusedError';

  constructor(told: string, cause?: unknown) {
    super(`Temporal refuses: ${told}`, { cause });
  }
}

/**
 * The conversation's workflow holds as many undecided events as Temporal allows. There is room again when
 * they are decided or have moved to its next run.
 */
export class ConversationFullError extends Error {
  override readonly name = 'ConversationFullError';

  constructor(cause?: unknown) {
    super('the conversation holds as many undecided events as Temporal allows', { cause });
  }
}

/** No connection could be made. `message` names the address and why. */
export class TemporalUnreachableError extends Error {
  override readonly name = 'TemporalUnreachableError';
}
