import { z } from 'zod';
import { FLOW_SOURCES, type Timer } from './conversation';
import type { Settings } from './settings';
import { lazy } from './lazy';
import { text, timestamp } from './text';

/** Ids that start with `@` belong to the service's own events (timers, settings). */
export const eventId = lazy(() =>
  text(1, 128).refine((id) => !id.startsWith('@'), 'must not start with @, which is reserved'),
);

const name = text(1, 128);
const surveyName = text(1, 128);
const score = z.int().min(1).max(5);
const tags = z.array(text(1, 64)).min(1).max(20);
const assignment = { team: name.nullish(), agent: name.nullish() };
const named = (a: { team?: unknown; agent?: unknown }) => a.team !== undefined || a.agent !== undefined;
const NEEDS_A_PART = { message: 'needs team, agent or both', path: ['team'] };

/** Fields of events that the customer or the channel causes, and no person in the inbox. */
function said<T extends string, S extends z.core.$ZodLooseShape>(type: T, fields: S) {
  return z.strictObject({
    id: eventId(),
    type: z.literal(type),
    occurred_at: timestamp().optional(),
    ...fields,
  });
}

/** `by` names who or what caused it, for the timeline. */
function event<T extends string, S extends z.core.$ZodLooseShape>(type: T, fields: S) {
  return said(type, { by: name.optional(), ...fields });
}

/**
 * One schema for each type of event that a caller may send. Unknown fields are refused.
 */
export const eventSchemas = {
  message: lazy(() =>
    said('message', {
      kind: z.enum(['text', 'media', 'interactive', 'reaction', 'courtesy']).default('text'),
      rating: score.optional(),
    }),
  ),
  agent_reply: lazy(() => event('agent_reply', { agent: name.nullable() })),
  automatic_message: lazy(() => event('automatic_message', { answers: z.boolean().default(false) })),
  flow_start: lazy(() =>
    event('flow_start', {
      flow: name,
      execution: name,
      source: z.enum(FLOW_SOURCES).default('flow'),
      has_priority: z.boolean().default(false),
    }),
  ),
  flow_end: lazy(() =>
    event('flow_end', {
      execution: name,
      outcome: z.enum(['completed', 'cancelled', 'failed', 'expired']).default('completed'),
      assign: z.strictObject(assignment).refine(named, NEEDS_A_PART).optional(),
      tags: tags.optional(),
    }),
  ),
  close: lazy(() =>
    event('close', {
      agent: name.nullable(),
      reason: text(1, 1000).optional(),
      skip_survey: z.boolean().default(false),
    }),
  ),
  csat_answer: lazy(() =>
    event('csat_answer', {
      score,
      survey: surveyName.optional(),
      comment: text(0, 1000).optional(),
    }),
  ),
  csat_comment: lazy(() => event('csat_comment', { comment: text(1, 1000), survey: surveyName.optional() })),
  survey_failed: lazy(() => event('survey_failed', { reason: text(1, 200), survey: surveyName.optional() })),
  reopen: lazy(() => event('reopen', { agent: name })),
  assign: lazy(() => event('assign', assignment).refine(named, NEEDS_A_PART)),
  mark_read: lazy(() => event('mark_read', {})),
  mark_unread: lazy(() => event('mark_unread', {})),
  tag_add: lazy(() => event('tag_add', { tags })),
  tag_remove: lazy(() => event('tag_remove', { tags })),
  archive: lazy(() => event('archive', {})),
  unarchive: lazy(() => event('unarchive', {})),
  snooze: lazy(() => event('snooze', { until: timestamp() })),
  unsnooze: lazy(() => event('unsnooze', {})),
  block: lazy(() => event('block', {})),
  unblock: lazy(() => event('unblock', {})),
  opt_out: lazy(() => event('opt_out', {})),
  opt_in: lazy(() => event('opt_in', {})),
} as const;

export type EventType = keyof typeof eventSchemas;
export const EVENT_TYPES = Object.keys(eventSchemas) as EventType[];
export type EventOf<T extends EventType> = z.infer<ReturnType<(typeof eventSchemas)[T]>>;

/** An event that a caller sent, parsed, with the defaults. */
export type Event = { [T in EventType]: EventOf<T> }[EventType];

/** The event by which each timer acts. */
export const TIMER_EVENTS = {
  auto_close: 'auto_close_due',
  csat_timeout: 'csat_timeout',
  auto_archive: 'auto_archive_due',
  flow_timeout: 'flow_timeout',
  snooze: 'snooze_over',
} as const satisfies Record<Timer, string>;

export type TimerEventType = (typeof TIMER_EVENTS)[Timer];

export interface TimerEvent {
  id: string;
  type: TimerEventType;
  due_at: number;
}

/** The inbox's settings have changed, so deadlines are computed again. */
export interface SettingsChanged {
  id: string;
  type: 'settings_changed';
  settings: Settings;
  settings_version: number;
}

/**
 * The database came back from an older backup: the timeline has lost the entries between `row_seq` and this
 * one.
 */
export interface Restored {
  id: string;
  type: 'restored';
  row_seq: number;
}

export type AnyEvent = Event | TimerEvent | SettingsChanged | Restored;

/** Who or what caused an event: `by`, or the agent who acted; null if the event names neither. */
export function causedBy({
  type,
  by,
  agent,
}: {
  type: string;
  by?: unknown;
  agent?: unknown;
}): string | null {
  const acts = type === 'agent_reply' || type === 'close' || type === 'reopen';
  const name = by ?? (acts ? agent : null);
  return typeof name === 'string' ? name : null;
}

const MESSAGE_AGE_MS = 7 * 24 * 3600 * 1000;

/** A message's own time: `occurred_at`, but at most now and at least seven days ago. */
export function saidAt({ occurred_at }: EventOf<'message'>, now: number): number {
  if (occurred_at === undefined) return now;
  return Math.min(now, Math.max(now - MESSAGE_AGE_MS, Date.parse(occurred_at)));
}

const MAX_SNOOZE_MS = 366 * 24 * 3600 * 1000;

const OLDEST_MS = Date.UTC(2000, 0);
/** Clocks differ. */
const MOST_AHEAD_MS = 5 * 60_000;

/** What is wrong with an event's `occurred_at` now, or null. Temporal's signals are not held to it. */
export function occurredProblem(occurred_at: string, now: number): string | null {
  const at = Date.parse(occurred_at);
  if (at > now + MOST_AHEAD_MS) return 'must be at most five minutes ahead';
  if (at < OLDEST_MS) return 'must be in the year 2000 or later';
  return null;
}

/** What is wrong with a snooze's `until` now, or null. */
export function untilProblem(until: string, now: number): string | null {
  const at = Date.parse(until);
  if (at <= now) return 'must be in the future';
  if (at > now + MAX_SNOOZE_MS) return 'must be at most one year ahead';
  return null;
}
