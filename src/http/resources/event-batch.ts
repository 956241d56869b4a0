import { z } from 'zod';
import type { AccountDatabase } from '../../db/database';
import { PostgresUnavailableError } from '../../db/unavailable';
import type { ConversationKey } from '../../domain/key';
import { objectId } from '../../domain/text';
import { ConcurrencyLimit } from '../core/concurrency-limit';
import { named } from '../core/names';
import { operation, type Operation, type Reply } from '../core/operation';
import { parse } from '../core/parsing';
import { preferenceOf, type Preference } from '../core/preferences';
import { problemBody, problemOf } from '../core/problems';
import { requestId } from '../core/request-id';
import { inboxParams, jsonObject, noQuery, problem } from '../core/shapes';
import { acceptedAnswer, decidedAnswer, hand, type Handed } from './events';
import { anyEvent, eventsHeaders, EXAMPLES } from './event-shapes';
import { sentEvent } from './sent-event';
import type { Services } from './services';

const MOST = 1_000;
const BYTES = 4 * 1024 * 1024;
/** Conversations of all batches to whose workflows this process sends at once: single events want Temporal too. */
const SENT_AT_ONCE = 32;

const entry = z.strictObject({ conversation: objectId(), event: jsonObject });
const shownEntry = z.strictObject({ conversation: objectId(), event: anyEvent });

export const batchAnswer = named(
  'EventResults',
  z.array(z.strictObject({ status: z.int(), body: z.union([decidedAnswer, acceptedAnswer, problem]) })),
  { description: 'Of each event, in the order given, what it would be answered by itself' },
);

const MACRO = [EXAMPLES.agent_reply, EXAMPLES.tag_add, EXAMPLES.close].map((event) => ({
  conversation: 'c_1',
  event,
}));

type Result = Pick<Reply, 'status' | 'body'>;

export function eventBatchOperations(services: Services): Operation[] {
  const limit = new ConcurrencyLimit(SENT_AT_ONCE);
  return [
    operation({
      name: 'post_events',
      tag: 'Events',
      method: 'post',
      path: '/v1/inboxes/:inbox/events',
      summary: 'Many events, those of one conversation in the order given; answered one by one',
      scope: 'events:write',
      params: inboxParams,
      query: noQuery,
      body: z.array(z.unknown()).max(MOST),
      shownBody: z.array(shownEntry).max(MOST),
      limit: BYTES,
      examples: { macro: MACRO },
      headers: eventsHeaders,
      answers: { 200: batchAnswer },
      units: (body) => Math.max(1, body.length),
      async handle({ db, params: { inbox }, body, headers, response }) {
        await services.inboxes.require(db, inbox);
        const preference = preferenceOf(headers.prefer);
        const instance = requestId(response);
        const named = body.map((sent) => (sent as { conversation?: unknown } | null)?.conversation);
        const targets = await targetsOf(services, db, inbox, named);
        const lanes = new Map<unknown, Lane>();
        const results = body.map((sent, i) => {
          const name = targets.get(named[i] as string) ?? named[i];
          const lane = lanes.get(name) ?? new Lane(services, limit, preference);
          lanes.set(name, lane);
          return resultOf(lane.take({ account: db.account, inbox }, sent), instance);
        });
        const applied = preference && { headers: { 'Preference-Applied': preference.applied } };
        return { status: 200, body: await Promise.all(results), ...applied };
      },
    }),
  ];
}

/** Which of the names lead to other conversations: events under either name are in order. */
async function targetsOf(
  { aliases }: Services,
  db: AccountDatabase,
  inbox: string,
  named: readonly unknown[],
): Promise<ReadonlyMap<string, string>> {
  const names = new Set(named.filter((name) => objectId().safeParse(name).success) as string[]);
  return aliases.targets(db, inbox, [...names]).catch(noneWhileAway);
}

/** Events are taken while the database is away. */
function noneWhileAway(error: unknown): ReadonlyMap<string, string> {
  if (error instanceof PostgresUnavailableError) return new Map();
  throw error;
}

/** The answer that the event alone would get. */
async function resultOf(reply: Promise<Reply>, instance: string): Promise<Result> {
  try {
    const { status, body } = await reply;
    return { status, body };
  } catch (error) {
    const met = problemOf(error);
    return { status: met.status, body: problemBody(met, instance) };
  }
}

/**
 * The events of one conversation: each is handed over once the one before it is held, and answered when it is decided. Behind one
 * that could not be handed over no other is sent, for it would overtake it: they all get its answer, and are sent again together.
 */
class Lane {
  private last: Promise<void> = Promise.resolve();

  constructor(
    private readonly services: Services,
    private readonly limit: ConcurrencyLimit,
    private readonly preference: Preference | null,
  ) {}

  async take(inbox: Omit<ConversationKey, 'conversation'>, body: unknown): Promise<Reply> {
    const { conversation, event } = parse(entry, body);
    const sent = sentEvent(event, {});
    const { services, preference } = this;
    const send = () => hand(services, { ...inbox, conversation }, sent, preference);
    return (await this.next(send)).reply();
  }

  private next(send: () => Promise<Handed>): Promise<Handed> {
    const handed = this.last.then(() => this.limit.take(send));
    this.last = handed.then(
      () => {},
      (error: unknown) => {
        if (problemOf(error).status >= 500) throw error;
      },
    );
    this.last.catch(() => {}); // each that waits for it meets the error itself
    return handed;
  }
}
