import { z } from 'zod';
import { EVENT_TYPES, eventSchemas, untilProblem, type Event, type EventType } from '../src/domain/events';

// With its first schemas zod sets its own defaults, which are frozen once this is loaded: so all are made here.
for (const type of EVENT_TYPES) eventSchemas[type]();

export type Received = { event: Event } | { problem: string };

/**
 * An event out of a payload that anybody may have sent: never throws. Fields it does not know are left out
 * (they are refused at the HTTP edge, where somebody is there to read the refusal).
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

/** The same for an update, whose payload names its type itself. */
export function readAnyEvent(payload: unknown, now: number): Received {
  const type: unknown = isObject(payload) ? Reflect.get(payload, 'type') : undefined;
  const asked = EVENT_TYPES.find((t) => t === type);
  return asked ? readEvent(asked, payload, now) : { problem: 'type: is not an event type' };
}

/** The fields that the schema names. The others are not even looked at: they may be too many, or nested too deep. */
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

/** A moment that has passed meanwhile is no fault: the snooze is over at once. */
function tooFarAhead(until: string, now: number): string | null {
  const problem = Date.parse(until) > now ? untilProblem(until, now) : null;
  return problem && `until: ${problem}`;
}
