import { z } from 'zod';
import { eventSchemas as of } from './events';

/** Any event a caller may send, told apart by its type. */
export const eventSchema = z.discriminatedUnion('type', [
  of.message(),
  of.agent_reply(),
  of.flow_start(),
  of.flow_end(),
  of.close(),
  of.csat_answer(),
  of.reopen(),
  of.assign(),
  of.mark_read(),
  of.mark_unread(),
  of.tag_add(),
  of.tag_remove(),
  of.archive(),
  of.unarchive(),
  of.snooze(),
  of.unsnooze(),
]);
