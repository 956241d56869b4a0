const FIRST_MS = 100;
const LONGEST_MS = 3_000;

/**
 * How many milliseconds to wait before that attempt (2 is the first retry): longer each time and never the same for two
 * clients, and never sooner than the service asked for.
 *
 * @param retryAfter the header's value: seconds, or an HTTP date; null where there was none
 * @param share in [0, 1); where in its range the wait lies
 */
export function waitBefore(
  attempt: number,
  retryAfter: string | null,
  share = Math.random(),
  now = Date.now(),
): number {
  const range = Math.min(LONGEST_MS, FIRST_MS * 2 ** (attempt - 2));
  return Math.max(asked(retryAfter, now), range * (0.5 + share / 2));
}

function asked(retryAfter: string | null, now: number): number {
  if (retryAfter === null) return 0;
  if (/^\s*\d+\s*$/.test(retryAfter)) return Number(retryAfter) * 1000;
  const at = Date.parse(retryAfter);
  return Number.isNaN(at) ? 0 : Math.max(0, at - now);
}
