/** What requests may say and answers look like, each once: for checking, for types, and for the API's description. */
import { z } from 'zod';
import { STATUSES } from '../../domain/conversation';
import { conversationRecord } from '../../domain/record-schema';
import { settingsSchema } from '../../domain/settings';
import { objectId, text, timestamp } from '../../domain/text';

export const inboxParams = z.strictObject({ inbox: objectId() });
export const conversationParams = z.strictObject({ inbox: objectId(), conversation: objectId() });
export const noParams = z.strictObject({});
export const noQuery = z.strictObject({});

/** Some JSON object, as it came: a copy would lose a `__proto__`, which is to be refused. */
export const jsonObject = z.custom<Record<string, unknown>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'must be a JSON object',
);

const flag = z.enum(['true', 'false']).transform((value) => value === 'true');
const limit = z
  .string()
  .regex(/^\d{1,3}$/, 'must be a whole number')
  .transform(Number)
  .pipe(z.int().min(1).max(200))
  .default(50);
const cursor = z
  .string()
  .regex(/^[\w-]{9,600}$/, 'is not a cursor')
  .optional();

export const pageQuery = z.strictObject({ limit, cursor });

const filters = {
  status: z
    .string()
    .transform((list) => [...new Set(list.split(','))])
    .pipe(z.array(z.enum(STATUSES)))
    .optional(),
  unread: flag.optional(),
  snoozed: flag.optional(),
  agent: text(1, 128).optional(),
  team: text(1, 128).optional(),
  tag: text(1, 64).optional(),
};
const archived = z
  .enum(['true', 'false', 'any'])
  .transform((value) => (value === 'any' ? null : value === 'true'));

export const listQuery = z.strictObject({
  ...filters,
  archived: archived.default(false),
  sort: z.enum(['-last_activity_at', 'waiting_since']).default('-last_activity_at'),
  limit,
  cursor,
});

/** Whether a broadcast may reach a conversation has nothing to do with its being archived: both, unless asked otherwise. */
export const audienceQuery = z.strictObject({
  ...filters,
  archived: archived.default(null),
  has_priority: flag.default(false),
});

export const oneQuery = z.strictObject({ consistency: z.enum(['strong', 'eventual']).default('eventual') });

const conversationIds = z.array(objectId()).max(10_000);
export const contactsBody = z.strictObject({ conversations: conversationIds });
export const eligibilityBody = z.strictObject({
  conversations: conversationIds,
  has_priority: z.boolean().default(false),
});
export const inboxBody = z.strictObject({ settings: settingsSchema });

export const inbox = z.strictObject({
  inbox: objectId(),
  settings: settingsSchema,
  settings_version: z.int(),
  rolled_out_version: z.int(),
  created_at: timestamp(),
  updated_at: timestamp(),
});

export { conversationRecord };

const page = <T extends z.ZodType>(item: T) =>
  z.strictObject({ items: z.array(item), next_cursor: z.string().nullable() });

export const inboxes = page(inbox);
export const conversations = page(conversationRecord);
export const contactsMade = z.strictObject({ created: z.int(), known: z.int() });

export const counts = z.strictObject({
  total: z.int(),
  unread: z.int(),
  archived: z.int(),
  snoozed: z.int(),
  status: z.record(z.enum(STATUSES), z.int()),
});

const verdict = z.enum(['applied', 'ignored', 'refused']);

export const timeline = page(
  z.strictObject({
    seq: z.int(),
    at: timestamp(),
    version: z.int(),
    event: z.string(),
    type: z.string(),
    verdict,
    reason: z.string().optional(),
    rule: z.string().optional(),
    from: z.enum(STATUSES),
    to: z.enum(STATUSES),
    data: z.record(z.string(), z.unknown()),
  }),
);

const { assignee, tags, close, survey } = conversationRecord.shape;
export const episodes = page(
  z.strictObject({
    episode: z.int(),
    started_at: timestamp(),
    first_reply_at: timestamp().nullable(),
    closed_at: timestamp().nullable(),
    close,
    assignee,
    agents: z.array(z.string()),
    tags,
    survey,
  }),
);

export const eligibility = z.strictObject({
  eligible: z.array(z.string()),
  blocked: z.array(
    z.strictObject({ conversation: z.string(), status: z.enum(STATUSES), reason: z.string() }),
  ),
});

/** A line of the audience. */
export const audienceLine = z.strictObject({ conversation: z.string() });

export const accepted = z.strictObject({ event: z.string(), accepted: z.literal(true) });
export const decided = z.strictObject({
  event: z.string(),
  verdict,
  reason: z.string().optional(),
  conversation: conversationRecord,
});

export const problem = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string().optional(),
  instance: z.string(),
  rule: z.string().optional(),
  errors: z.array(z.strictObject({ path: z.string(), message: z.string() })).optional(),
  conversation: conversationRecord.optional(),
});

const part = z.enum(['ok', 'unavailable']);
export const readiness = z.strictObject({
  temporal: part,
  worker: z.enum(['ok', 'unavailable', 'unknown']),
  postgres: part,
});
