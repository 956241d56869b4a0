/** How the description of the API shows events: each type by its name, with an example. */
import { z } from 'zod';
import { eventSchema } from '../../domain/any-event';
import { EVENT_TYPES, eventId, eventSchemas, type EventType } from '../../domain/events';
import { named, shown } from '../core/names';

/** Stands in the examples for a moment that is still to come: see {@link atThisMoment}. */
const TOMORROW = '2030-01-01T09:00:00.000Z';

/** The description with examples that can be sent as they are. */
export function atThisMoment(description: string, now: number): string {
  return description.replaceAll(TOMORROW, new Date(now + 86_400_000).toISOString());
}

/** A request that makes sense by itself; its id is of the body or of the header. */
export const EXAMPLES = {
  message: { id: 'wamid.1', type: 'message', kind: 'text' },
  agent_reply: { id: 'reply-1', type: 'agent_reply', agent: 'ana' },
  automatic_message: { id: 'auto-1', type: 'automatic_message', answers: true, by: 'faq' },
  flow_start: { id: 'flow-1', type: 'flow_start', flow: 'welcome', execution: 'x1' },
  flow_end: { id: 'flow-2', type: 'flow_end', execution: 'x1', assign: { team: 'sales' } },
  close: { id: 'close-1', type: 'close', agent: 'ana', reason: 'solved' },
  csat_answer: { id: 'csat-1', type: 'csat_answer', score: 5 },
  csat_comment: { id: 'csat-2', type: 'csat_comment', comment: 'quick' },
  survey_failed: { id: 'csat-3', type: 'survey_failed', reason: '131026' },
  reopen: { id: 'reopen-1', type: 'reopen', agent: 'ana' },
  assign: { id: 'assign-1', type: 'assign', team: 'sales', agent: 'ana' },
  mark_read: { id: 'read-1', type: 'mark_read' },
  mark_unread: { id: 'unread-1', type: 'mark_unread' },
  tag_add: { id: 'tag-1', type: 'tag_add', tags: ['refund'] },
  tag_remove: { id: 'tag-2', type: 'tag_remove', tags: ['refund'] },
  archive: { id: 'archive-1', type: 'archive' },
  unarchive: { id: 'archive-2', type: 'unarchive' },
  snooze: { id: 'snooze-1', type: 'snooze', until: TOMORROW },
  unsnooze: { id: 'snooze-2', type: 'unsnooze' },
  block: { id: 'block-1', type: 'block', by: 'ana' },
  unblock: { id: 'block-2', type: 'unblock', by: 'ana' },
  opt_out: { id: 'opt-1', type: 'opt_out' },
  opt_in: { id: 'opt-2', type: 'opt_in' },
} satisfies { [T in EventType]: z.input<ReturnType<(typeof eventSchemas)[T]>> };

named('EventId', eventId(), {
  pattern: '^[^@\\u0000][^\\u0000]*$',
  description: 'Unique within the conversation. The same id is never applied twice.',
});

const nameOf = (type: EventType) =>
  `${type.replace(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase())}Event`;

/** What the code checks besides: that there is at least one part, and times against the clock. */
const BESIDES: { [T in EventType]?: object } = {
  assign: { anyOf: [{ required: ['team'] }, { required: ['agent'] }] },
  snooze: { description: '`until` is in the future, at most a year ahead.' },
};
shown(eventSchemas.flow_end().shape.assign.unwrap(), { minProperties: 1 });

for (const type of EVENT_TYPES) {
  const schema: z.ZodObject = eventSchemas[type]();
  named(nameOf(type), schema, { ...idNeeded(schema), ...BESIDES[type], examples: [EXAMPLES[type]] });
}

/**
 * An event needs an id, which may be in a header instead. JSON Schema sees only the body, so it says that an
 * event with a type has an id; generated clients may leave it out.
 */
function idNeeded({ shape }: z.ZodObject) {
  const needed = Object.entries(shape).filter(
    ([, field]) => !(field as z.ZodType).safeParse(undefined).success,
  );
  const required = needed.map(([name]) => name).filter((name) => name !== 'id');
  return { required, dependentRequired: { type: ['id'] } };
}

export const anyEvent = named('Event', eventSchema, {
  discriminator: {
    propertyName: 'type',
    mapping: Object.fromEntries(EVENT_TYPES.map((type) => [type, `#/$defs/${nameOf(type)}`])),
  },
});

const Prefer = shown(z.string().optional(), {
  description:
    '`respond-async`: 202 at once. `wait=N`: the decision, if it is there within N seconds (at most 10).',
  examples: ['wait=5'],
});

/** The headers of a request with many events. */
export const eventsHeaders = z.strictObject({ Prefer });

/** The headers of a request with one event. */
export const eventHeaders = z.strictObject({
  'Idempotency-Key': z
    .string()
    .regex(/^[!-?A-~](?:[ -~]{0,126}[!-~])?$/)
    .optional()
    .describe("The event's id, where the body has none. Visible ASCII."),
  Prefer,
});
