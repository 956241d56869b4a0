import { z } from 'zod';
import { decisionId } from '../../db/decision-lookup';
import type { Decided } from '../../db/decisions';
import { nullWhileAway } from '../../db/unavailable';
import { eventSchemas, type Event } from '../../domain/events';
import { conversationRecord } from '../../domain/record-schema';
import { isSameEvent } from '../../domain/repeat';
import { answerOf } from '../../temporal/contract';
import { operation, type Operation, type Reply } from '../core/operation';
import { preferenceOf, type Preference } from '../core/preferences';
import { EventIdReusedError, EventRefusedError, InvalidRequestError } from '../core/problems';
import { named } from '../core/names';
import { anyEvent, EXAMPLES, eventHeaders } from './event-shapes';
import { conversationParams, jsonObject, noQuery, problem, sameConversation, verdict } from '../core/shapes';
import { sentEvent, timeErrors, type SentEvent } from './sent-event';
import type { Services } from './services';
import type { ConversationKey } from '../../domain/key';

const DEFAULT_WAIT_MS = 10_000;

export const acceptedAnswer = named(
  'Accepted',
  z.strictObject({ event: z.string(), accepted: z.literal(true) }),
);
export const decidedAnswer = named(
  'Decided',
  z.strictObject({
    event: z.string(),
    verdict,
    reason: z.string().optional(),
    conversation: conversationRecord,
  }),
);

export function eventOperations(services: Services): Operation[] {
  return [
    operation({
      name: 'post_event',
      tag: 'Events',
      method: 'post',
      path: '/v1/inboxes/:inbox/conversations/:conversation/events',
      summary: 'One event of a conversation',
      scope: 'events:write',
      params: conversationParams,
      query: noQuery,
      body: jsonObject,
      shownBody: anyEvent,
      examples: EXAMPLES,
      headers: eventHeaders,
      links: {
        get_conversation: sameConversation,
        list_timeline: sameConversation,
        post_event: sameConversation,
      },
      answers: { 200: decidedAnswer, 202: acceptedAnswer, 409: problem, 422: problem },
      async handle({ db, params: { inbox, conversation }, body, headers, response }) {
        const sent = sentEvent(body, headers);
        await services.inboxes.require(db, inbox);
        const key = { account: db.account, inbox, conversation };
        response.locals.decision = decisionId({ ...key, event: sent.event.id }); // for the log
        const preference = preferenceOf(headers.prefer);
        const reply = await (await hand(services, key, sent, preference)).reply();
        return preference ? { ...reply, headers: { 'Preference-Applied': preference.applied } } : reply;
      },
    }),
  ];
}

/** An event that Temporal holds, or that was decided before. */
export interface Handed {
  /** @throws EventIdReusedError, EventRefusedError */
  reply: () => Promise<Reply>;
}

/**
 * Sends an event, and returns the answer: that it is accepted, or its decision.
 * @throws what {@link decide} throws
 */
export async function hand(
  services: Services,
  key: ConversationKey,
  sent: SentEvent,
  preference: Preference | null,
): Promise<Handed> {
  const { decided } = await decide(services, key, sent.event, preference?.waitMs ?? usualWaitMs(sent.event));
  return {
    reply: async () => {
      const known = await decided;
      return known ? replyTo(sent, known) : acceptedReply(sent.event);
    },
  };
}

const WRITTEN = new Set<Event['type']>(['message', 'agent_reply', 'automatic_message']);

/** Customers' messages and agents' replies do not wait; callers of all others want the decision. */
function usualWaitMs({ type }: Event): number {
  return WRITTEN.has(type) ? 0 : DEFAULT_WAIT_MS;
}

/**
 * Sends the event, unless that has been decided before. Once this resolves, Temporal holds the event.
 * @returns what was made of it, once it is known; null where no decision is known in time
 * @throws TemporalUnavailableError; InvalidRequestError when it is new and its times are not valid now; BeingErasedError
 */
async function decide(
  services: Services,
  key: ConversationKey,
  event: Event,
  waitMs: number,
): Promise<{ decided: Decided | null | Promise<Decided | null> }> {
  const { decisions, temporal, aliases, erasures } = services;
  await erasures.requireNone(key);
  const name = { ...key, event: event.id };
  const untimely = timeErrors(event, Date.now());
  const looksUp = waitMs > 0 || untimely.length > 0;
  const known = looksUp ? await decisions.find(name).catch(nullWhileAway) : null;
  if (known) return { decided: waitMs > 0 ? known : null };
  const elsewhere = () => aliases.target(key);
  if (untimely.length > 0) {
    const target = await elsewhere(); // it may have been decided there
    if (target) return decide(services, target, event, waitMs);
    throw new InvalidRequestError(untimely);
  }
  const waiting = waitMs === 0 ? null : decisions.waitFor(name, waitMs);
  try {
    const target = await temporal.signal(key, event, elsewhere);
    if (!target) return { decided: waiting?.decided ?? null };
    waiting?.cancel();
    return await decide(services, target, event, waitMs);
  } catch (error) {
    waiting?.cancel();
    throw error;
  }
}

function acceptedReply({ id }: Event): Reply {
  return { status: 202, body: { event: id, accepted: true } };
}

/**
 * The same for a repeated event, at any later time.
 * @throws EventIdReusedError, EventRefusedError
 */
function replyTo({ event, fields }: SentEvent, decided: Decided): Reply {
  const isSame = event.type === decided.type && isSameEvent(eventSchemas[event.type](), fields, decided.data);
  if (!isSame) throw new EventIdReusedError();
  const { verdict, rule, conversation } = decided;
  if (verdict === 'refused') throw new EventRefusedError(rule ?? 'refused', conversation);
  return { status: 200, body: answerOf(event.id, decided, conversation) };
}
