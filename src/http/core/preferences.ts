const LONGEST_WAIT_MS = 10_000;

/** How a caller wants an event answered (RFC 7240). Absent: as usual for its type. */
export interface Preference {
  /** how long to wait for the decision; 0: not at all */
  waitMs: number;
  /** for the header `Preference-Applied` */
  applied: string;
}

/**
 * The parts of `Prefer` that we use: `wait=N` in seconds, at most 10, and `respond-async`. If both are given,
 * `wait` counts. What we cannot understand is ignored.
 */
export function preferenceOf(header: string | string[] | undefined): Preference | null {
  if (header === undefined) return null;
  const preferences = String(header)
    .split(',')
    .map((preference) => preference.trim().toLowerCase());
  for (const preference of preferences) {
    const seconds = /^wait *= *"?(\d{1,9})"?$/.exec(preference)?.[1];
    if (seconds === undefined) continue;
    const waitMs = Math.min(Number(seconds) * 1000, LONGEST_WAIT_MS);
    return { waitMs, applied: `wait=${waitMs / 1000}` };
  }
  return preferences.includes('respond-async') ? { waitMs: 0, applied: 'respond-async' } : null;
}
