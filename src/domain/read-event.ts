import { z } from 'zod';
import { EVENT_TYPES, eventSchemas, untilProblem, type Event, type EventType } from './events';

// zod changes its own defaults when it makes its first schemas, and these defaults are frozen after this file
// is loaded. So all schemas are made here.
for (const type of EVENT_TYPES) eventSchemas[type]();

export type Received = { event: Event } | { problem: string };

/**
 * Reads an event from a payload that any client may have sent; never throws. Unknown fields are left out.
 * (HTTP refuses them, because there the caller reads the refusal.)
 */
export function readEvent(type: EventType, payload: unknown, now: number): Received {
  if (!isObject(payload)) return { problem: 'payload: must be an object' };
  const result = eventSchemas[type]().safeParse({ type, ...known(eventSchemas[type]().shape, payload) });
  if (!result.success) {
    const [issue] = result.error.issues;
    return { problem: `${issue?.path.join('.') || 'payload'}: ${issue?.message ?? 'is not an event'}` };
  }
  const event = result.data;
  const problem = event.type === 'snooze' ? tooFarAhead(event.until, now) : null;
  return problem ? { problem } : { event };
}

/** The same for an update, whose payload names the type. */
export function readAnyEvent(payload: unknown, now: number): Received {
  const type: unknown = isObject(payload) ? Reflect.get(payload, 'type') : undefined;
  const asked = EVENT_TYPES.find((t) => t === type);
  return asked ? readEvent(asked, payload, now) : { problem: 'type: is not an event type' };
}

/** The fields that the schema names. Others are not read, because they may be too many or nested too deep. */
function known(shape: z.core.$ZodShape, payload: object): object {
  const names = Object.keys(shape).filter((name) => Object.hasOwn(payload, name));
  return Object.fromEntries(names.map((name) => [name, knownIn(shape[name], Reflect.get(payload, name))]));
}

function knownIn(schema: z.core.$ZodType | undefined, value: unknown): unknown {
  const inner = schema instanceof z.ZodOptional ? schema.unwrap() : schema;
  return inner instanceof z.ZodObject && isObject(value) ? known(inner.shape, value) : value;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** A time that has passed meanwhile is no error: the snooze ends at once. */
function tooFarAhead(until: string, now: number): string | null {
  const problem = Date.parse(until) > now ? untilProblem(until, now) : null;
  return problem && `until: ${problem}`;
}
