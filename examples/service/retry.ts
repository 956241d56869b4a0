const FIRST_MS = 100;
const LONGEST_MS = 3_000;

/**
 * Milliseconds to wait before this attempt (2 is the first retry): longer each time, different for each
 * client, and never less than the service asked for.
 *
 * @param retryAfter the header's value: seconds, or an HTTP date; null if there was none
 * @param share in [0, 1); the place of the wait in its range
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
