import { eventId, occurredProblem } from '../../domain/events';
import type { Part } from './json';

/** A part's own time, in Unix seconds, as events have it. One that cannot be meant is left out: then its arrival counts. */
export function occurredAt({ timestamp }: Part, now: number): { occurred_at?: string } {
  if (!/^\d{1,12}$/.test(String(timestamp))) return {};
  const occurred_at = new Date(Number(timestamp) * 1_000).toISOString();
  return occurredProblem(occurred_at, now) === null ? { occurred_at } : {};
}

export function isEventId(id: unknown): id is string {
  return eventId().safeParse(id).success;
}
