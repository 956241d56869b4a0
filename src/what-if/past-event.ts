/** An entry of the timeline as a what-if reads it, and the event in it. */
import type { z } from 'zod';
import type { Status } from '../domain/conversation';
import type { Decision } from '../domain/decision';
import { EVENT_TYPES, eventSchemas, TIMER_EVENTS, type AnyEvent, type EventType } from '../domain/events';
import type { ConversationRecord } from '../domain/record';
import type { Entry } from '../domain/timeline';

/** In this order it comes from the database: see `src/db/past.ts`. `changes` only where it is the whole record. */
export type PastEntry = [
  seq: number,
  at: number,
  type: Entry['type'],
  verdict: Decision['verdict'],
  to: Status,
  version: number,
  settings_version: number,
  data: Record<string, unknown>,
  changes: ConversationRecord | null,
];

const TIMERS = new Set<string>(Object.values(TIMER_EVENTS));

export const isTimer = (type: string) => TIMERS.has(type);

/** What an event of each type has where its entry, perhaps of an older version, does not say it. */
const defaults = Object.fromEntries(EVENT_TYPES.map((type) => [type, defaultsOf(type)]));

function defaultsOf(type: EventType): Record<string, unknown> {
  const given = Object.entries(eventSchemas[type]().shape).map(([name, field]) => {
    const { data } = (field as z.ZodType).safeParse(undefined);
    return [name, data] as const;
  });
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

/** Its id plays no part in any decision. */
export function eventOf(type: Entry['type'], data: Record<string, unknown>): AnyEvent {
  if (isTimer(type)) return { id: '', type, due_at: Date.parse(String(data.due_at)) } as AnyEvent;
  return Object.assign({ id: '', type }, defaults[type], data) as unknown as AnyEvent;
}
