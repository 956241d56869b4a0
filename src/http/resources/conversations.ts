import { z } from 'zod';
import { countConversations } from '../../db/counts';
import { findConversation } from '../../db/conversations';
import { listConversations, SORTS, type Position } from '../../db/lists';
import { STATUSES, WAITED_ON } from '../../domain/conversation';
import { conversationRecord } from '../../domain/record-schema';
import { objectId } from '../../domain/text';
import { fromCursor, pageOf } from '../core/cursor';
import { NotFoundError } from '../core/problems';
import { operation, type Operation } from '../core/operation';
import { named } from '../core/names';
import {
  conversationParams,
  cursor,
  inboxParams,
  limit,
  nextPage,
  page,
  sameConversation,
  sameInbox,
} from '../core/shapes';
import { archived, filters } from './filters';
import type { Services } from './services';

const oneQuery = z.strictObject({
  consistency: z
    .enum(['strong', 'eventual'])
    .default('eventual')
    .describe('`strong`: as the running workflow has it'),
});

/** Counts are of what the list shows: the same filters with the same defaults. */
const countsQuery = z.strictObject({ ...filters, archived: archived.default(false) });

const listQuery = countsQuery.extend({
  sort: z.enum(SORTS).default('-last_activity_at'),
  limit,
  cursor,
});

export const conversationsAnswer = page('Conversations', conversationRecord);

export const countsAnswer = named(
  'Counts',
  z.strictObject({
    total: z.int(),
    unread: z.int(),
    archived: z.int(),
    snoozed: z.int(),
    status: z.record(z.enum(STATUSES), z.int()),
    waiting_on: z.record(z.enum(WAITED_ON), z.int()),
  }),
);

export function conversationOperations(services: Services): Operation[] {
  return [one(services), list(services), counts(services)];
}

export function unknownConversation(inbox: string, conversation: string): NotFoundError {
  return new NotFoundError(`There is no conversation ${conversation} in inbox ${inbox}`);
}

function one({ temporal, aliases }: Services): Operation {
  return operation({
    name: 'get_conversation',
    method: 'get',
    path: '/v1/inboxes/:inbox/conversations/:conversation',
    tag: 'Conversations',
    summary: 'One conversation as it was last written; with consistency=strong as it is now',
    scope: 'conversations:read',
    params: conversationParams,
    query: oneQuery,
    answers: { 200: conversationRecord },
    links: { list_timeline: sameConversation, list_episodes: sameConversation },
    async handle({ db, params: { inbox, conversation }, query }) {
      const key = { account: db.account, inbox, conversation };
      const found = await aliases.find(key, async (key) => {
        const running = query.consistency === 'strong' ? await temporal.query(key) : null;
        return running ?? findConversation(db, inbox, key.conversation);
      });
      if (!found) throw unknownConversation(inbox, conversation);
      return { status: 200, body: found };
    },
  });
}

const position = z
  .tuple([z.enum(['waiting', 'window', 'activity']), z.int(), objectId()])
  .transform(([part, at, conversation]): Position => ({ part, at, conversation }));

function list({ inboxes }: Services): Operation {
  return operation({
    name: 'list_conversations',
    method: 'get',
    path: '/v1/inboxes/:inbox/conversations',
    tag: 'Conversations',
    summary: 'The conversations of an inbox, page by page',
    scope: 'conversations:read',
    params: inboxParams,
    query: listQuery,
    answers: { 200: conversationsAnswer },
    links: { list_conversations: { ...sameInbox, ...nextPage } },
    async handle({ db, params: { inbox }, query: { sort, limit, cursor, ...filters } }) {
      const listing = `conversations/${inbox}/${sort}`;
      const after = cursor === undefined ? null : fromCursor(listing, cursor, position);
      await inboxes.require(db, inbox);
      const found = await listConversations(db, inbox, { filters, sort, after, limit: limit + 1 });
      const { items, next_cursor } = pageOf(listing, found, limit, ({ position: last }) => [
        ...[last.part, last.at, last.conversation],
      ]);
      return { status: 200, body: { items: items.map((item) => item.conversation), next_cursor } };
    },
  });
}

function counts({ inboxes }: Services): Operation {
  return operation({
    name: 'count_conversations',
    method: 'get',
    path: '/v1/inboxes/:inbox/counts',
    tag: 'Conversations',
    summary: 'How many conversations the list has with the same filters',
    scope: 'conversations:read',
    params: inboxParams,
    query: countsQuery,
    answers: { 200: countsAnswer },
    async handle({ db, params: { inbox }, query }) {
      await inboxes.require(db, inbox);
      return { status: 200, body: await countConversations(db, inbox, query) };
    },
  });
}
