import { z } from 'zod';
import { CLOSERS, FLOW_SOURCES, OPENERS, STATUSES, SURVEY_STATES, TIMERS, WAITED_ON } from './conversation';
import { timestamp } from './text';

/**
 * The conversation as callers see it: flat, with every field of every status, and times in RFC 3339. A field
 * has the same name as a SQL column and in JSON.
 */
export const surveyRecord = z.object({
  survey: z.string(),
  state: z.enum(SURVEY_STATES),
  agent: z.string().nullable(),
  asked_at: timestamp(),
  expires_at: timestamp().nullable(),
  score: z.int().nullable(),
  comment: z.string().nullable(),
  answered_at: timestamp().nullable(),
  late: z.boolean(),
  failure: z.string().nullable(),
});

export const flowRecord = z.object({
  flow: z.string(),
  execution: z.string(),
  source: z.enum(FLOW_SOURCES),
  has_priority: z.boolean(),
  started_at: timestamp(),
  last_activity_at: timestamp(),
  expires_at: timestamp().nullable(),
  interrupted: z.enum(['new', 'in_progress']).nullable(),
  assigned: z.boolean(),
  customer_wrote: z.boolean(),
});

export const conversationRecord = z.object({
  inbox: z.string(),
  conversation: z.string(),
  status: z.enum(STATUSES),
  version: z.int(),
  episode: z.int(),
  unread: z.boolean(),
  archived: z.boolean(),
  assignee: z.object({ team: z.string().nullable(), agent: z.string().nullable() }),
  blocked: z.boolean(),
  opted_out: z.boolean(),
  waiting_on: z.enum(WAITED_ON),
  opened_by: z.enum(OPENERS).nullable(),
  window_closes_at: timestamp().nullable(),
  tags: z.array(z.object({ name: z.string(), locked: z.boolean() })),
  flow: flowRecord.nullable(),
  survey: surveyRecord.nullable(),
  snoozed_until: timestamp().nullable(),
  waiting_since: timestamp().nullable(),
  started_at: timestamp().nullable(),
  first_reply_at: timestamp().nullable(),
  last_customer_message_at: timestamp().nullable(),
  last_agent_reply_at: timestamp().nullable(),
  last_automatic_message_at: timestamp().nullable(),
  last_activity_at: timestamp(),
  closed_at: timestamp().nullable(),
  close: z
    .object({
      by: z.enum(CLOSERS),
      agent: z.string().nullable(),
      reason: z.string().nullable(),
    })
    .nullable(),
  archived_at: timestamp().nullable(),
  next: z.object({ timer: z.enum(TIMERS), due_at: timestamp() }).nullable(),
  created_at: timestamp(),
  updated_at: timestamp(),
});

/** An episode, without its survey. */
export const episodeRecord = z.object({
  episode: z.int(),
  opened_by: conversationRecord.shape.opened_by,
  started_at: timestamp(),
  first_reply_at: timestamp().nullable(),
  closed_at: timestamp().nullable(),
  close: conversationRecord.shape.close,
  assignee: conversationRecord.shape.assignee,
  agents: z.array(z.string()),
  tags: conversationRecord.shape.tags,
});

export type SurveyRecord = z.infer<typeof surveyRecord>;
export type FlowRecord = z.infer<typeof flowRecord>;
export type ConversationRecord = z.infer<typeof conversationRecord>;
export type EpisodeRecord = z.infer<typeof episodeRecord>;
