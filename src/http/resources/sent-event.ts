import type { IncomingHttpHeaders } from 'node:http';
import { eventSchema } from '../../domain/any-event';
import { eventId, occurredProblem, untilProblem, type Event } from '../../domain/events';
import { parse } from '../core/parsing';
import { InvalidRequestError, type FieldError } from '../core/problems';

/** An event as a request brings it. */
export interface SentEvent {
  /** with the defaults filled in */
  event: Event;
  /** its own fields as they were sent */
  fields: Record<string, unknown>;
}

/**
 * The event of a request, its id taken from the body or the `Idempotency-Key`.
 * @throws InvalidRequestError
 */
export function sentEvent(body: Record<string, unknown>, headers: IncomingHttpHeaders): SentEvent {
  const key = headers['idempotency-key'];
  if (key === undefined && body.id === undefined) {
    const message = 'is needed, here or in the Idempotency-Key header';
    throw new InvalidRequestError([{ path: 'id', message }], 'event_id_required');
  }
  const { id: _, type: __, ...fields } = body;
  const event = parse(eventSchema, key === undefined ? body : { id: checkedKey(key), ...body });
  return { event, fields };
}

/** The id in the body counts before it: some proxies and client libraries give every request a key of their own. */
function checkedKey(key: unknown): unknown {
  const parsed = eventId()
    .regex(/^[\x20-\x7e]*$/, 'must be visible ASCII; other ids go into the body')
    .safeParse(key);
  const problem = parsed.error?.issues[0]?.message;
  if (problem !== undefined) throw new InvalidRequestError([{ path: 'Idempotency-Key', message: problem }]);
  return key;
}

/** Which of an event's times are not valid now. */
export function timeErrors(event: Event, now: number): FieldError[] {
  const occurred = event.occurred_at === undefined ? null : occurredProblem(event.occurred_at, now);
  const until = event.type === 'snooze' ? untilProblem(event.until, now) : null;
  return [
    ...(occurred === null ? [] : [{ path: 'occurred_at', message: occurred }]),
    ...(until === null ? [] : [{ path: 'until', message: until }]),
  ];
}
