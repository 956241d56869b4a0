import type { Event } from '../../domain/events';
import type { Contact } from './identity';

/** Something that happened in the conversation of a contact; or in the one that a survey names. */
export interface Happening {
  event: Event;
  in: { contact: Contact } | { conversation: string };
}

/** A message that could not be delivered: whether it was a survey is known by its id alone. */
export interface Undelivered {
  message_id: string;
  reason: string;
  occurred_at?: string;
}

/** What one part of a payload comes to. */
export type Outcome =
  Happening | { seen: Contact; left: string } | { undelivered: Undelivered; left: string } | { left: string };
