import { z } from 'zod';
import { readTimeline, type TimelineEntry } from '../../db/timeline';
import { causedBy } from '../../domain/events';
import { STATUSES } from '../../domain/conversation';
import { timestamp } from '../../domain/text';
import { operation, type Operation } from '../core/operation';
import { named } from '../core/names';
import { conversationParams, nextPage, page, pageQuery, sameConversation, verdict } from '../core/shapes';
import { newestFirst } from './numbered-list';
import type { Services } from './services';

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

/** All decisions about a conversation. */
export function timelineOperations({ aliases }: Services): Operation[] {
  return [
    operation({
      name: 'list_timeline',
      method: 'get',
      path: '/v1/inboxes/:inbox/conversations/:conversation/timeline',
      tag: 'Conversations',
      summary: 'Every decision, newest first',
      scope: 'conversations:read',
      params: conversationParams,
      query: pageQuery,
      answers: { 200: timeline },
      links: { list_timeline: { ...sameConversation, ...nextPage } },
      handle: (asked) =>
        newestFirst(asked, {
          of: 'timeline',
          aliases,
          read: async (...page) => (await readTimeline(...page)).map(shownEntry),
          numberOf: (entry) => entry.seq,
        }),
    }),
  ];
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
