/** How long something took, in many cases: the figures that a report shows of it. */

/** The bounds of the distribution, in seconds: each part holds what took less than its bound. */
const BOUNDS = [60, 300, 900, 3600, 14_400, 28_800, 86_400, 172_800, 604_800] as const;

/** So many cases took so many seconds, rounded down, and together so many milliseconds. */
export interface Cases {
  seconds: number;
  n: number;
  ms: number;
}

export interface Durations {
  n: number;
  mean_seconds: number | null;
  median_seconds: number | null;
  p90_seconds: number | null;
  distribution: { under_seconds: number | null; n: number }[];
}

/** A percentile is the case that so many are not longer than: never a value between two. */
export function durationsOf(cases: readonly Cases[]): Durations {
  const sorted = [...cases].sort((a, b) => a.seconds - b.seconds);
  const n = sorted.reduce((sum, c) => sum + c.n, 0);
  const ms = sorted.reduce((sum, c) => sum + c.ms, 0);
  return {
    n,
    mean_seconds: n === 0 ? null : Math.round(ms / n) / 1000,
    median_seconds: percentile(sorted, Math.ceil(n * 0.5)),
    p90_seconds: percentile(sorted, Math.ceil(n * 0.9)),
    distribution: distributionOf(sorted),
  };
}

function distributionOf(cases: readonly Cases[]): Durations['distribution'] {
  const parts = [...BOUNDS, null].map((under_seconds) => ({ under_seconds, n: 0 }));
  for (const { seconds, n } of cases) parts[partOf(seconds)]!.n += n;
  return parts;
}

/** @param rank from 1 */
function percentile(sorted: readonly Cases[], rank: number): number | null {
  let passed = 0;
  for (const { seconds, n } of sorted) {
    passed += n;
    if (passed >= rank) return seconds;
  }
  return null;
}

function partOf(seconds: number): number {
  const part = BOUNDS.findIndex((bound) => seconds < bound);
  return part < 0 ? BOUNDS.length : part;
}
