import { z } from 'zod';
import { eventSchemas as of } from './events';

/** Any event that a caller may send; `type` says which. */
export const eventSchema = z.discriminatedUnion('type', [
  of.message(),
  of.agent_reply(),
  of.automatic_message(),
  of.flow_start(),
  of.flow_end(),
  of.close(),
  of.csat_answer(),
  of.csat_comment(),
  of.survey_failed(),
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
  of.block(),
  of.unblock(),
  of.opt_out(),
  of.opt_in(),
]);
