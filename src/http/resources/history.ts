import { z } from 'zod';
import { isKnown } from '../../db/conversations';
import type { AccountDatabase } from '../../db/database';
import { readEpisodes } from '../../db/episodes';
import { readTimeline, type TimelineEntry } from '../../db/timeline';
import { causedBy } from '../../domain/events';
import { STATUSES } from '../../domain/conversation';
import { conversationRecord, episodeRecord } from '../../domain/record-schema';
import { timestamp } from '../../domain/text';
import { unknownConversation } from './conversations';
import { fromCursor, toCursor } from '../core/cursor';
import { operation, type Operation, type Reply } from '../core/operation';
import { named } from '../core/names';
import { conversationParams, nextPage, page, pageQuery, sameConversation, verdict } from '../core/shapes';

const PATH = '/v1/inboxes/:inbox/conversations/:conversation';

export const timeline = page(
  'Timeline',
  named(
    'TimelineEntry',
    z.strictObject({
      seq: z.int(),
      at: timestamp(),
      version: z.int(),
      event: z.string(),
      type: z.string(),
      by: z.string().nullable().describe('Who or what caused it'),
      verdict,
      reason: z.string().optional(),
      rule: z.string().optional(),
      from: z.enum(STATUSES),
      to: z.enum(STATUSES),
      data: z.record(z.string(), z.unknown()).describe("The event's own fields; of a timer, its deadline"),
    }),
    { description: 'A decision. An ignored one has a `reason`, a refused one a `rule`.' },
  ),
);

export const episodes = page(
  'Episodes',
  named('Episode', z.strictObject({ ...episodeRecord.shape, survey: conversationRecord.shape.survey })),
);

/** A conversation's history: its decisions and its episodes. Both are numbered and shown newest first. */
export function historyOperations(): Operation[] {
  return [
    operation({
      name: 'list_timeline',
      method: 'get',
      path: `${PATH}/timeline`,
      tag: 'Conversations',
      summary: 'Every decision, newest first',
      scope: 'conversations:read',
      params: conversationParams,
      query: pageQuery,
      answers: { 200: timeline },
      links: { list_timeline: { ...sameConversation, ...nextPage } },
      handle: ({ db, params: { inbox, conversation }, query }) =>
        newestFirst(`timeline/${inbox}/${conversation}`, query, {
          read: async (before, limit) =>
            (await readTimeline(db, inbox, conversation, before, limit)).map(shownEntry),
          numberOf: (entry) => entry.seq,
          check: () => requireKnown(db, inbox, conversation),
        }),
    }),
    operation({
      name: 'list_episodes',
      method: 'get',
      path: `${PATH}/episodes`,
      tag: 'Conversations',
      summary: 'The episodes, newest first, the current one included',
      scope: 'conversations:read',
      params: conversationParams,
      query: pageQuery,
      answers: { 200: episodes },
      links: { list_episodes: { ...sameConversation, ...nextPage } },
      handle: ({ db, params: { inbox, conversation }, query }) =>
        newestFirst(`episodes/${inbox}/${conversation}`, query, {
          read: (before, limit) => readEpisodes(db, inbox, conversation, before, limit),
          numberOf: (episode) => episode.episode,
          check: () => requireKnown(db, inbox, conversation),
        }),
    }),
  ];
}

interface Numbered<T> {
  read: (before: number | null, limit: number) => Promise<T[]>;
  numberOf: (item: T) => number;
  /** called when nothing is found: perhaps there is no such conversation */
  check: () => Promise<void>;
}

async function newestFirst<T>(
  listing: string,
  { limit, cursor }: { limit: number; cursor?: string },
  { read, numberOf, check }: Numbered<T>,
): Promise<Reply> {
  const before = cursor === undefined ? null : fromCursor(listing, cursor, z.tuple([z.int32()]))[0];
  const found = await read(before, limit + 1);
  if (found.length === 0) await check();
  const items = found.slice(0, limit);
  const last = found.length > limit ? items.at(-1) : undefined;
  return { status: 200, body: { items, next_cursor: last ? toCursor(listing, [numberOf(last)]) : null } };
}

async function requireKnown(db: AccountDatabase, inbox: string, conversation: string): Promise<void> {
  if (!(await isKnown(db, inbox, conversation))) throw unknownConversation(inbox, conversation);
}

/** An entry has a reason or a rule or neither, never an empty one. */
function shownEntry({ seq, at, version, event, type, verdict, reason, rule, from, to, data }: TimelineEntry) {
  const { by: _, ...own } = data;
  return {
    ...{ seq, at, version, event, type, by: causedBy({ type, ...data }), verdict },
    ...(reason !== null && { reason }),
    ...(rule !== null && { rule }),
    ...{ from, to, data: own },
  };
}
