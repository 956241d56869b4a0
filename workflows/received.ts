import { EVENT_TYPES, eventSchemas, untilProblem, type Event, type EventType } from '../src/domain/events';

export type Received = { event: Event } | { problem: string };

/**
 * An event out of a payload that anybody may have sent: never throws. Fields it does not know are left out
 * (they are refused at the HTTP edge, where somebody is there to read the refusal).
 */
export function readEvent(type: EventType, payload: unknown, now: number): Received {
  if (typeof payload !== 'object' || payload === null) return { problem: 'payload: must be an object' };
  const named = { type, ...(JSON.parse(JSON.stringify(payload)) as object) };
  const parsed = parse(type, named) ?? parse(type, named);
  if (!parsed) return { problem: 'payload: has unknown fields' };
  if ('problem' in parsed) return parsed;
  const { event } = parsed;
  const problem = event.type === 'snooze' ? tooFarAhead(event.until, now) : null;
  return problem ? { problem } : parsed;
}

/** The same for an update, whose payload names its type itself. */
export function readAnyEvent(payload: unknown, now: number): Received {
  const type = (payload as { type?: unknown } | null)?.type;
  const known = EVENT_TYPES.find((t) => t === type);
  return known ? readEvent(known, payload, now) : { problem: 'type: is not an event type' };
}

/** Null where only unknown fields stood in the way: they are gone from `payload` then, and it is worth another try. */
function parse(type: EventType, payload: object): Received | null {
  const result = eventSchemas[type].safeParse(payload);
  if (result.success) return { event: result.data };
  const { issues } = result.error;
  const unknown = issues.filter((i) => i.code === 'unrecognized_keys');
  if (unknown.length < issues.length || unknown.length === 0) {
    const issue = issues.find((i) => i.code !== 'unrecognized_keys');
    return { problem: `${issue?.path.join('.') || 'payload'}: ${issue?.message ?? 'is not an event'}` };
  }
  for (const issue of unknown) for (const key of issue.keys) remove(payload, [...issue.path, key]);
  return null;
}

function remove(from: object, path: PropertyKey[]): void {
  const [key, ...rest] = path;
  if (key === undefined) return;
  if (rest.length === 0) Reflect.deleteProperty(from, key);
  else remove(Reflect.get(from, key) as object, rest);
}

/** A moment that has passed meanwhile is no fault: the snooze is over at once. */
function tooFarAhead(until: string, now: number): string | null {
  const problem = Date.parse(until) > now ? untilProblem(until, now) : null;
  return problem && `until: ${problem}`;
}
