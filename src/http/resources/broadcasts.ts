import { z } from 'zod';
import { audiencePage, reachesOf } from '../../db/broadcasts';
import { findInbox } from '../../db/inboxes';
import { STATUSES, type Status } from '../../domain/conversation';
import { refusalOf } from '../../domain/broadcasts';
import type { Rule } from '../../domain/decision';
import { unknownInbox } from './known-inboxes';
import { operation, type Operation } from '../core/operation';
import { sendPieces } from '../core/line-writer';
import { named } from '../core/names';
import { conversationIds, flag, IDS_BYTES, inboxParams, noQuery } from '../core/shapes';
import { archived, filters } from './filters';
import type { Services } from './services';
import { ConcurrencyLimit } from '../core/concurrency-limit';

/** Lines in one piece of the stream: some hundred kilobytes. */
const LINES = 20_000;
/** Pieces read from the database at the same time by all streams, so that other requests get their turn. */
const PIECES_AT_ONCE = 2;

const eligibilityBody = named(
  'EligibilityQuestion',
  z.strictObject({
    conversations: conversationIds,
    has_priority: z.boolean().default(false),
  }),
);

export const eligibilityAnswer = named(
  'Eligibility',
  z.strictObject({
    eligible: z.array(z.string()),
    blocked: z.array(
      z.strictObject({ conversation: z.string(), status: z.enum(STATUSES), reason: z.string() }),
    ),
    outside_window: z.array(z.string()).describe('Those of the eligible that only a template may reach'),
  }),
);

/** A broadcast may also reach archived conversations: both, unless the caller says otherwise. */
const audienceQuery = z.strictObject({
  ...filters,
  archived: archived.default(null),
  has_priority: flag.default(false),
});

export const audienceLine = named(
  'AudienceLine',
  z.strictObject({ conversation: z.string(), window_open: z.boolean() }),
);

export function broadcastOperations(services: Services): Operation[] {
  return [eligibility(services), audience()];
}

function eligibility({ aliases }: Services): Operation {
  return operation({
    name: 'check_eligibility',
    method: 'post',
    path: '/v1/inboxes/:inbox/broadcasts/eligibility',
    tag: 'Broadcasts',
    summary: 'Which of these conversations a broadcast may reach, and why not the others',
    scope: 'conversations:read',
    params: inboxParams,
    query: noQuery,
    body: eligibilityBody,
    limit: IDS_BYTES,
    examples: { two: { conversations: ['c_1', 'c_2'] } },
    answers: { 200: eligibilityAnswer },
    async handle({ db, params: { inbox }, body: { conversations, has_priority } }) {
      const others = await aliases.targets(db, inbox, conversations);
      const names = others.size === 0 ? conversations : conversations.map((name) => others.get(name) ?? name);
      const found = await reachesOf(db, inbox, names);
      if (!found) throw unknownInbox(inbox);
      const refusals = new Map(
        [...new Set(found.reaches)].map((reach) => [reach, refusalOf(reach, has_priority, found.settings)]),
      );
      const answer = {
        eligible: [] as string[],
        blocked: [] as { conversation: string; status: Status; reason: Rule }[],
        outside_window: [] as string[],
      };
      for (const [i, reach] of found.reaches.entries()) {
        const conversation = conversations[i] ?? '';
        const reason = refusals.get(reach) ?? null;
        if (reason !== null) answer.blocked.push({ conversation, status: reach.status, reason });
        else answer.eligible.push(conversation);
        if (reason === null && !reach.window_open) answer.outside_window.push(conversation);
      }
      return { status: 200, body: answer };
    },
  });
}

function audience(): Operation {
  const turns = new ConcurrencyLimit(PIECES_AT_ONCE);
  return operation({
    name: 'stream_audience',
    method: 'get',
    path: '/v1/inboxes/:inbox/broadcasts/audience',
    tag: 'Broadcasts',
    summary: 'Every conversation that a broadcast may reach, a line of JSON each',
    scope: 'conversations:read',
    params: inboxParams,
    query: audienceQuery,
    answers: { 200: audienceLine },
    streams: 'application/x-ndjson',
    async handle({ db, params, query: { has_priority, status = STATUSES, ...others }, method, response }) {
      const inbox = await findInbox(db, params.inbox);
      if (!inbox) throw unknownInbox(params.inbox);
      const reached = status.filter((is) => {
        const unmarked = { status: is, blocked: false, opted_out: false };
        return refusalOf(unmarked, has_priority, inbox.settings) === null;
      });
      const read = (after: string) =>
        turns.take(() => audiencePage(db, inbox.inbox, { ...others, status: reached }, after, LINES));
      await sendPieces(response, method === 'HEAD' ? () => Promise.resolve(null) : read, 'latin1');
      return null;
    },
  });
}
