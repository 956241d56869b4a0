/** Temporal cannot be reached, or takes too long. What was asked may have been done all the same: asking again is safe. */
export class TemporalUnavailableError extends Error {
  override readonly name = 'TemporalUnavailableError';

  constructor(cause?: unknown) {
    super('Temporal does not answer', { cause });
  }
}

/** No connection could be made. `message` names the address and why. */
export class TemporalUnreachableError extends Error {
  override readonly name = 'TemporalUnreachableError';
}
