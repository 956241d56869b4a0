/** The service's answers, as far as the examples read them. */
import { z } from 'zod';
import { STATUSES } from '../../src/domain/conversation';
import { conversationRecord } from '../../src/domain/record-schema';
import { settingsSchema } from '../../src/domain/settings';

const status = z.enum(STATUSES);

/** The answer to an event: when it is durable (202), or when it is decided (200, 409). */
export const acceptedAnswer = z.object({ event: z.string(), accepted: z.literal(true) });
export const decidedAnswer = z.object({
  event: z.string(),
  verdict: z.enum(['applied', 'ignored']),
  reason: z.string().nullish(),
  conversation: conversationRecord,
});
export const refusedAnswer = z.object({ rule: z.string(), conversation: conversationRecord });

export const timelineEntry = z.object({
  seq: z.int(),
  at: z.string(),
  version: z.int(),
  event: z.string(),
  type: z.string(),
  by: z.string().nullish(),
  verdict: z.enum(['applied', 'ignored', 'refused']),
  reason: z.string().nullish(),
  rule: z.string().nullish(),
  from: status,
  to: status,
  data: z.record(z.string(), z.unknown()),
});
export type TimelineEntry = z.infer<typeof timelineEntry>;

export const episodeAnswer = z.object({
  episode: z.int(),
  opened_by: conversationRecord.shape.opened_by,
  started_at: z.string(),
  first_reply_at: z.string().nullable(),
  closed_at: z.string().nullable(),
  close: conversationRecord.shape.close,
  assignee: conversationRecord.shape.assignee,
  agents: z.array(z.string()),
  tags: conversationRecord.shape.tags,
  survey: conversationRecord.shape.survey,
});
export type EpisodeAnswer = z.infer<typeof episodeAnswer>;

/** A page of a list, and where the next one begins. */
export function page<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), next_cursor: z.string().nullable() });
}

export const inboxAnswer = z.object({ inbox: z.string(), settings: settingsSchema });

export const countsAnswer = z.object({
  total: z.int(),
  unread: z.int(),
  archived: z.int(),
  snoozed: z.int(),
  status: z.record(status, z.int()),
});
export type Counts = z.infer<typeof countsAnswer>;

export const eligibilityAnswer = z.object({
  eligible: z.array(z.string()),
  blocked: z.array(z.object({ conversation: z.string(), status, reason: z.string() })),
});

/** RFC 9457, as far as it is shown to a person. */
export const problem = z.object({ title: z.string(), detail: z.string().optional() });
