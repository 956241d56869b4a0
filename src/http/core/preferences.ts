const LONGEST_WAIT_MS = 10_000;

/** What a caller prefers of an event's answer (RFC 7240). Absent: as its type is answered otherwise. */
export interface Preference {
  /** how long to wait for the decision; 0: not at all */
  waitMs: number;
  /** as it is told back in `Preference-Applied` */
  applied: string;
}

/**
 * Of `Prefer`, what concerns us: `wait=N` in seconds, at most 10 of which count, and `respond-async`; where both are given, the
 * waiting counts. What cannot be understood is as if it were not there.
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
