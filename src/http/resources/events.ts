import type { IncomingHttpHeaders } from 'node:http';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { Decided } from '../../db/decisions';
import { PostgresUnavailableError } from '../../db/unavailable';
import { eventSchema } from '../../domain/any-event';
import { eventId, untilProblem, type Event } from '../../domain/events';
import { dataOf } from '../../domain/history';
import { conversationRecord } from '../../domain/record-schema';
import { answerOf } from '../../temporal/contract';
import { operation, type Operation, type Reply } from '../core/operation';
import { parse } from '../core/parsing';
import { preferenceOf } from '../core/preferences';
import { EventIdReusedError, EventRefusedError, InvalidRequestError } from '../core/problems';
import { conversationParams, jsonObject, noQuery, problem, verdict } from '../core/shapes';
import type { Services } from './services';
import type { ConversationKey } from '../../domain/key';

const DEFAULT_WAIT_MS = 10_000;

export const acceptedAnswer = z.strictObject({ event: z.string(), accepted: z.literal(true) });
export const decidedAnswer = z.strictObject({
  event: z.string(),
  verdict,
  reason: z.string().optional(),
  conversation: conversationRecord,
});

export function eventOperations(services: Services): Operation[] {
  return [
    operation({
      method: 'post',
      path: '/v1/inboxes/:inbox/conversations/:conversation/events',
      summary: 'One event of a conversation',
      scope: 'events:write',
      params: conversationParams,
      query: noQuery,
      body: jsonObject,
      shownBody: eventSchema,
      answers: { 200: decidedAnswer, 202: acceptedAnswer, 409: problem, 422: problem },
      async handle({ db, params: { inbox, conversation }, body, headers }) {
        const event = eventOf(body, headers);
        await services.inboxes.require(db, inbox);
        const key = { account: db.account, inbox, conversation };
        const preference = preferenceOf(headers.prefer);
        const waitMs = preference?.waitMs ?? usualWaitMs(event);
        const decided = await decide(services, key, event, waitMs);
        const reply = decided ? replyTo(event, decided) : acceptedReply(event);
        return preference ? { ...reply, headers: { 'Preference-Applied': preference.applied } } : reply;
      },
    }),
  ];
}

/** Who writes is not kept waiting; who asks for something wants to know what came of it. */
function usualWaitMs({ type }: Event): number {
  return type === 'message' || type === 'agent_reply' ? 0 : DEFAULT_WAIT_MS;
}

/**
 * The event of a request, its id taken from the body or the `Idempotency-Key`.
 * @throws InvalidRequestError
 */
function eventOf(body: Record<string, unknown>, headers: IncomingHttpHeaders): Event {
  const key = headers['idempotency-key'];
  if (key === undefined && body.id === undefined) {
    const message = 'is needed, here or in the Idempotency-Key header';
    throw new InvalidRequestError([{ path: 'id', message }], 'event_id_required');
  }
  const event = parse(eventSchema, key === undefined ? body : withId(body, key));
  const problem = event.type === 'snooze' ? untilProblem(event.until, Date.now()) : null;
  if (problem !== null) throw new InvalidRequestError([{ path: 'until', message: problem }]);
  return event;
}

function withId(body: Record<string, unknown>, key: unknown): Record<string, unknown> {
  const parsed = eventId()
    .regex(/^[\x20-\x7e]*$/, 'must be visible ASCII; other ids go into the body')
    .safeParse(key);
  const problem = parsed.error?.issues[0]?.message;
  if (problem !== undefined) throw new InvalidRequestError([{ path: 'Idempotency-Key', message: problem }]);
  if (body.id !== undefined && body.id !== key) {
    throw new InvalidRequestError([{ path: 'Idempotency-Key', message: 'differs from the id in the body' }]);
  }
  return { ...body, id: key };
}

/**
 * Sends the event and waits for what is made of it, unless that has been decided before.
 * @returns null where Temporal holds the event and no decision is known in time
 * @throws TemporalUnavailableError
 */
async function decide(
  { decisions, temporal }: Services,
  key: ConversationKey,
  event: Event,
  waitMs: number,
): Promise<Decided | null> {
  if (waitMs === 0) {
    await temporal.signal(key, event);
    return null;
  }
  const name = { ...key, event: event.id };
  const known = await decisions.find(name).catch(nullWhileAway);
  if (known) return known;
  const waiting = decisions.waitFor(name, waitMs);
  try {
    await temporal.signal(key, event);
  } catch (error) {
    waiting.cancel();
    throw error;
  }
  return waiting.decided;
}

/** Events are taken while the database is away. */
function nullWhileAway(error: unknown): null {
  if (error instanceof PostgresUnavailableError) return null;
  throw error;
}

function acceptedReply({ id }: Event): Reply {
  return { status: 202, body: { event: id, accepted: true } };
}

/**
 * The same for whoever asks again, at any later time.
 * @throws EventIdReusedError, EventRefusedError
 */
function replyTo(event: Event, decided: Decided): Reply {
  if (!isSame(event, decided)) throw new EventIdReusedError();
  const { verdict, rule, conversation } = decided;
  if (verdict === 'refused') throw new EventRefusedError(rule ?? 'refused', conversation);
  return { status: 200, body: answerOf(event.id, decided, conversation) };
}

/** Its own fields as the timeline keeps them: what is undefined has no place in JSON. */
function isSame(event: Event, { type, data }: Decided): boolean {
  return event.type === type && isDeepStrictEqual(JSON.parse(JSON.stringify(dataOf(event))), data);
}
