/** What came of an event that was sent. */
import { ProblemError } from './errors.ts';
import type { Accepted, Conversation, Decided, Problem } from './schema.ts';

/**
 * `accepted`: held durably, not yet decided. The others are decisions. A refusal is one too, and no error: it changes nothing, is
 * in the timeline, and stays the same however often it is sent.
 */
export type Outcome =
  | { event: string; verdict: 'accepted' }
  | { event: string; verdict: 'applied'; conversation: Conversation }
  | { event: string; verdict: 'ignored'; reason: string; conversation: Conversation }
  | { event: string; verdict: 'refused'; rule: string; conversation: Conversation };

type Body = Decided | Accepted | Problem;

/** @throws ProblemError where it was not taken at all */
export function outcomeOf(event: string, what: string, status: number, body: Body): Outcome {
  if ('accepted' in body) return { event, verdict: 'accepted' };
  if ('verdict' in body) {
    const { verdict, reason = '', conversation } = body;
    if (verdict === 'applied') return { event, verdict, conversation };
    if (verdict === 'ignored') return { event, verdict, reason, conversation };
    return { event, verdict, rule: reason, conversation };
  }
  const { rule, conversation } = body;
  if (status === 409 && rule !== undefined && conversation)
    return { event, verdict: 'refused', rule, conversation };
  throw new ProblemError(what, { ...body, status });
}
