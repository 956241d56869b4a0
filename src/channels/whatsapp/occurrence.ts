import { eventId } from '../../domain/events';
import type { Part } from './json';

const OLDEST_MS = Date.UTC(2000, 0);
/** Clocks differ. */
const MOST_AHEAD_MS = 5 * 60_000;

/** A part's own time, in Unix seconds, as events have it. One that cannot be meant is left out: then its arrival counts. */
export function occurredAt({ timestamp }: Part, now: number): { occurred_at?: string } {
  const at = /^\d{1,12}$/.test(String(timestamp)) ? Number(timestamp) * 1_000 : NaN;
  return at >= OLDEST_MS && at <= now + MOST_AHEAD_MS ? { occurred_at: new Date(at).toISOString() } : {};
}

export function isEventId(id: unknown): id is string {
  return eventId().safeParse(id).success;
}
