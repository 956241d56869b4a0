import type { Event } from '../../src/domain/events';

/**
 * The only kind of job: an event of a conversation, in the conversation's own queue, so that its events stay
 * in order.
 */
export const TASK = 'decide';

export interface EventJob {
  inbox: string;
  conversation: string;
  event: Event;
}
