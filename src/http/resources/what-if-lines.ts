/** The lines of a what-if's answer. */
import { z } from 'zod';
import { STATUSES, TIMERS } from '../../domain/conversation';
import { settingsSchema } from '../../domain/settings';
import { objectId, timestamp } from '../../domain/text';
import type { PastQuery } from '../../db/past';
import { KINDS } from '../../what-if/kinds';
import type { Question, Summary } from '../../what-if/messages';
import { MOVES } from '../../what-if/outlook';
import { LEFT_OUT } from '../../what-if/replay';
import { named } from '../core/names';

const count = z.int();
const each = <T extends string>(names: readonly T[]) => z.record(z.enum(names), count);
const status = z.enum(STATUSES);

const side = named(
  'WhatIfSide',
  z.strictObject({
    verdict: z.enum(['applied', 'ignored', 'refused']).nullable().describe('null: it does not come to it'),
    why: z.string().nullable().describe('The rule or the reason'),
    status,
    episode: count,
    unread: z.boolean(),
    waiting_since: timestamp().nullable(),
  }),
  { description: 'What was decided, and the conversation right after it' },
);

const difference = z.strictObject({
  type: z.literal('difference'),
  kind: z.enum(KINDS),
  conversation: objectId(),
  at: timestamp(),
  seq: count.nullable().describe('Its number in the timeline; null: it would have been decided, and was not'),
  event: z.string().describe('The type of the event'),
  was: side,
  would_be: side,
});

const timer = z.strictObject({ timer: z.enum(TIMERS), due_at: timestamp() }).nullable();
const change = z.strictObject({
  type: z.literal('change'),
  conversation: objectId(),
  status,
  move: z.enum(MOVES),
  was: timer,
  would_be: timer,
  at_once: z.boolean().describe('It acts as soon as the settings are saved'),
});

const progress = z.strictObject({
  type: z.literal('progress'),
  conversations: count,
  of: count.describe('About how many conversations there are to look at'),
  decisions: count,
});

const done = { conversations: count, decisions: count, seconds: z.number() };
const kind = z.strictObject({
  was: count,
  would_be: count,
  gone: count.describe('There were, and would not have been'),
  added: count.describe('There were not, and would have been'),
});
const pastSummary = z.strictObject({
  type: z.literal('summary'),
  of: z.literal('past'),
  from: timestamp(),
  to: timestamp(),
  settings: settingsSchema,
  ...done,
  changed: count.describe('Conversations in which something would have been otherwise'),
  kinds: z.record(z.enum(KINDS), kind),
  decided_otherwise: count.describe('Events with another verdict, or that would have led to another status'),
  at_end: z.strictObject({ was: each(STATUSES), would_be: each(STATUSES) }),
  left_out: each(LEFT_OUT).describe(
    'Conversations of which nothing is counted, because their past cannot be decided again',
  ),
  limits: z.array(z.string()),
});
const presentSummary = z.strictObject({
  type: z.literal('summary'),
  of: z.literal('present'),
  at: timestamp(),
  settings: settingsSchema,
  ...done,
  changed: count.describe('Conversations whose timer moves'),
  timers: z.record(z.enum(TIMERS), each(MOVES)),
  acts: z
    .array(z.strictObject({ within_seconds: count.nullable(), n: count }))
    .describe('When the timers that move would act: within so many seconds, and not within the bound before'),
  windows: count.describe('Whose time to write freely would end at another moment'),
  limits: z.array(z.string()),
});

export const whatIfLine = named(
  'WhatIfLine',
  z.union([progress, difference, change, pastSummary, presentSummary]),
  { description: 'A line of the answer; `type` says which. The last one is the summary.' },
);

/** What no computation can know, said with every answer. */
const LIMITS = {
  past: [
    'People and bots are taken to have done what they did: with other settings they might have acted otherwise.',
    'An event that only came because of the settings, such as the answer to a survey, does not come because of others.',
    'A timer that only the changed settings arm acts at the moment when it is due.',
  ],
  present: [
    'What happens meanwhile is not foreseen: an event moves the timer of its conversation.',
    'Settings that no timer depends on decide from the next event on, and change no conversation now.',
  ],
};

interface Done {
  conversations: number;
  decisions: number;
}

export const progressLine = ({ conversations, decisions }: Done, of: number): z.input<typeof progress> => ({
  ...{ type: 'progress' as const, conversations, of: Math.max(of, conversations), decisions },
});

export function summaryLine({
  query: { range },
  question,
  done: { conversations, decisions },
  summary,
  took,
}: {
  query: PastQuery;
  question: Question;
  done: Done;
  summary: Summary;
  took: number;
}): z.input<typeof pastSummary> | z.input<typeof presentSummary> {
  const common = {
    ...{ type: 'summary' as const, settings: question.current.would },
    ...{ conversations, decisions, seconds: took / 1000 },
  };
  if (summary.of === 'present')
    return {
      ...{ ...common, of: 'present' as const, at: new Date(question.now).toISOString() },
      ...{ ...summary.totals, limits: LIMITS.present },
    };
  const { from, to } = range ?? { from: '', to: '' };
  const { totals, changed, left_out } = summary;
  return { ...common, of: 'past', from, to, changed, ...totals, left_out, limits: LIMITS.past };
}
