import type { Event } from '../../domain/events';
import type { Contact } from './identity';

/** Something that happened in the conversation of a contact; or in the one that a survey names. */
export interface Happening {
  event: Event;
  in: { contact: Contact } | { conversation: string };
}

/** What one part of a payload comes to. */
export type Outcome = Happening | { seen: Contact; left: string } | { left: string };
