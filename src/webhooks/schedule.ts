import type { Health } from '../db/delivering';

/** When a failed delivery is tried again, and when a failing endpoint is. Times are epoch milliseconds. */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** The pauses after the first tries. After that the last pause repeats. */
const PAUSES = [
  5 * SECOND,
  30 * SECOND,
  2 * MINUTE,
  10 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  12 * HOUR,
];
const GIVE_UP_MS = 72 * HOUR;
/** Jitter: deliveries that failed at the same time are not tried again at the same time. */
const JITTER = 0.1;

export interface Failed {
  /** tries so far, this one included */
  tries: number;
  first_try_at: number;
  now: number;
  /** the receiver asked to get nothing before this time */
  retry_after: number | null;
  /** from 0 to 1 */
  random: number;
}

/** @returns when to try again; null: never */
export function nextTry({ tries, first_try_at, now, retry_after, random }: Failed): number | null {
  const pause = PAUSES[Math.min(tries, PAUSES.length) - 1] ?? 0;
  const at = Math.max(now + Math.round(pause * (1 + JITTER * random)), retry_after ?? 0);
  return at - first_try_at > GIVE_UP_MS ? null : at;
}

/** Failures in a row after which an endpoint gets one probe at a time. */
export const BREAKS_AFTER = 5;
const PROBE_MS = { first: 5 * SECOND, most: MINUTE };

/** Whether an endpoint gets one probe at a time. */
export const isOpen = ({ failures }: Health) => failures >= BREAKS_AFTER;

export const isHeld = ({ held_until }: Health, now: number) => held_until !== null && held_until > now;

/** The state of an endpoint after one more delivery has succeeded or failed. */
export function afterTry(health: Health, succeeded: boolean, now: number): Health {
  const { failures, held_until } = health;
  if (succeeded) return { failures: 0, held_until: isOpen(health) ? null : held_until };
  // Many may fail at once. Those that began before the breaker opened do not lengthen the pause.
  if (isOpen(health) && isHeld(health, now)) return health;
  const after = failures + 1;
  if (after < BREAKS_AFTER) return { failures: after, held_until };
  const pause = Math.min(PROBE_MS.first * 2 ** (after - BREAKS_AFTER), PROBE_MS.most);
  return { failures: after, held_until: Math.max(held_until ?? 0, now + pause) };
}

/** Reads seconds or a date; null if it is neither, or in the past. */
export function retryAfter(header: string | undefined, now: number): number | null {
  if (header === undefined) return null;
  const at = /^\d{1,9}$/.test(header) ? now + Number(header) * SECOND : dateOf(header);
  return at > now ? at : null;
}

/** `Date` would read any number as a year. */
function dateOf(header: string): number {
  return /^[A-Z][a-z]{2}, /.test(header) ? Date.parse(header) : NaN;
}
