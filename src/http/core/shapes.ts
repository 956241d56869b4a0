/** Shapes that several resources share. A shape of one resource only is defined beside it. */
import { z } from 'zod';
import { conversationRecord, flowRecord, surveyRecord } from '../../domain/record-schema';
import { retentionSchema } from '../../domain/retention';
import { settingsSchema } from '../../domain/settings';
import { FIRST_MS, LAST_MS, objectId, timestamp } from '../../domain/text';
import { named } from './names';

named('ObjectId', objectId(), {
  description: 'The id of an inbox or conversation. Never a phone number: ids are seen by operators.',
});
named('Timestamp', timestamp(), {
  description: 'RFC 3339, with its offset',
  examples: ['2026-03-01T09:30:00Z'],
});
named('Settings', settingsSchema, {
  description: 'What an inbox decides by. What is left out has its default; null is off.',
});
named('Retention', retentionSchema, {
  description: 'For how many days an inbox keeps what it no longer needs to decide; null: without end.',
});
named('Survey', surveyRecord);
named('Flow', flowRecord);
named('Conversation', conversationRecord, { description: 'A conversation, right after its last decision' });

export const inboxParams = z.strictObject({ inbox: objectId() });
export const conversationParams = z.strictObject({ inbox: objectId(), conversation: objectId() });
/** Where the next operation's parameters come from: it has the same inbox, or the same conversation. */
export const sameInbox = { inbox: '$request.path.inbox' };
export const sameConversation = { ...sameInbox, conversation: '$request.path.conversation' };
/** The next page of the same list. */
export const nextPage = { cursor: '$response.body#/next_cursor' };

export const noParams = z.strictObject({});
export const noQuery = z.strictObject({});

/** Any JSON object, as it came. A copy would lose `__proto__`, which must be refused. */
export const jsonObject = z.custom<Record<string, unknown>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'must be a JSON object',
);

/** A parameter that is true or false: anything else is left for the schema to refuse. */
export const flag = z.preprocess(
  (value) => (value === 'true' ? true : value === 'false' ? false : value),
  z.boolean('must be true or false'),
);

export const limit = z
  .preprocess(
    (value) => (typeof value === 'string' && /^\d{1,3}$/.test(value) ? Number(value) : value),
    z.int('must be a whole number').min(1).max(200),
  )
  .default(50)
  .meta({ default: 50, description: 'At most so many items' });

export const cursor = z
  .string()
  .regex(/^W[yz][\w-]{8,598}$/, 'is not a cursor')
  .optional()
  .describe('`next_cursor` of the page before, of the same listing; absent: the first page');

export const pageQuery = z.strictObject({ limit, cursor });

export const page = <T extends z.ZodType>(id: string, item: T) =>
  named(
    id,
    z.strictObject({
      items: z.array(item),
      next_cursor: z.string().nullable(),
    }),
    { description: 'A page. `next_cursor` is the `cursor` of the next one; null: this is the last.' },
  );

/** The most ids that one request may name, and the most bytes for them, with spaces and line ends. */
export const conversationIds = z.array(objectId()).max(10_000);
export const IDS_BYTES = 4_000_000;

/**
 * A bound of a stretch of time, as PostgreSQL reads it: it knows no offset beyond 15:59, and no year 0 or 10,000. Nothing was
 * decided so long ago, or will be.
 */
export const bound = timestamp().transform((at) =>
  new Date(Math.min(Math.max(Date.parse(at), FIRST_MS), LAST_MS)).toISOString(),
);

export const verdict = z.enum(['applied', 'ignored', 'refused']);

export const problem = named(
  'Problem',
  z.strictObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string().optional(),
    instance: z.string(),
    rule: z.string().optional(),
    errors: z.array(z.strictObject({ path: z.string(), message: z.string() })).optional(),
    conversation: conversationRecord.optional(),
  }),
  {
    description:
      'RFC 9457. `instance` is the id of the request; `rule` names the rule that refused; `errors` the fields that are wrong.',
  },
);
