import type { Due, Outcome, Recipient } from '../db/delivering';

/** The result of one delivery that a channel made. */
export interface Sent extends Pick<Outcome, 'state' | 'due_at'> {
  /** HTTP's; null if no answer came */
  status: number | null;
  answer: string | null;
  error: string | null;
  /** what this says of the recipient: `failed` counts for its breaker, `unknown` says nothing */
  recipient: 'ok' | 'failed' | 'unknown';
  /** epoch milliseconds: nothing is sent to this recipient before */
  hold_until?: number;
}

/** Delivers to a recipient that is not a plain HTTP endpoint. */
export interface Sender {
  /**
   * @param now epoch milliseconds
   * @param signal aborts it
   * @returns null if it was cut off
   */
  send(recipient: Recipient, due: Due, now: number, signal: AbortSignal): Promise<Sent | null>;
  /** Closes the connections that it keeps. */
  close(): void;
}
