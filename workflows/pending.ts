/** Events that wait for their decisions. */
import type { Event } from '../src/domain/events';
import type { ConversationKey } from '../src/domain/key';
import type { Drafted, RunState } from '../src/domain/ledger';
import { toRecord } from '../src/domain/record';
import { answerOf, type Answer } from '../src/temporal/contract';
import type { Trace } from './tracing';

export interface PendingDecision {
  event: Event;
  /** set if a client's update waits for the answer */
  asked?: true;
  answer?: Answer;
  trace?: Trace;
}

/** The events of the batch whose id was not decided before, each id once. */
export function firstOfEach(held: RunState, batch: PendingDecision[]): Event[] {
  return batch
    .filter(
      ({ event }, i) =>
        !held.recent_ids.includes(event.id) && batch.findIndex((other) => other.event.id === event.id) === i,
    )
    .map(({ event }) => event);
}

/** Answers the events that were just decided. @returns these */
export function answerDecided(
  { inbox }: ConversationKey,
  drafted: Drafted[],
  batch: PendingDecision[],
): PendingDecision[] {
  return drafted.flatMap(({ event, step, state }) => {
    const pending = batch.find((p) => p.event === event);
    if (!pending) return [];
    pending.answer = answerOf(event.id, step.entry, toRecord(inbox, state));
    return [pending];
  });
}

/** Answers a caller whose id is known, with a decision that no other caller waits for. */
export function answerDuplicate(
  { inbox }: ConversationKey,
  { state }: RunState,
  pending: PendingDecision,
): void {
  const duplicate = { verdict: 'ignored', reason: 'duplicate', rule: null } as const;
  pending.answer = answerOf(pending.event.id, duplicate, toRecord(inbox, state));
}
