/** How long something took, in many cases: the figures that a report shows of it. */

/** The bounds of the distribution, in seconds: each part holds what took less than its bound. */
export const BOUNDS = [60, 300, 900, 3600, 14_400, 28_800, 86_400, 172_800, 604_800] as const;

/** Of so many cases; a percentile is the case that so many are not longer than, never a value between two. */
export interface Cases {
  n: number;
  /** all together */
  ms: number | null;
  /** in seconds */
  median: number | null;
  p90: number | null;
  /** how many took less than each bound */
  under: number[] | null;
}

export interface Durations {
  n: number;
  mean_seconds: number | null;
  median_seconds: number | null;
  p90_seconds: number | null;
  distribution: { under_seconds: number | null; n: number }[];
}

const NONE: Cases = { n: 0, ms: null, median: null, p90: null, under: null };

export function durationsOf({ n, ms, median, p90, under }: Cases = NONE): Durations {
  const upTo = [...(under ?? BOUNDS.map(() => 0)), n];
  return {
    n,
    mean_seconds: ms === null ? null : Math.round(ms / n) / 1000,
    median_seconds: median,
    p90_seconds: p90,
    distribution: [...BOUNDS, null].map((under_seconds, i) => ({
      under_seconds,
      n: (upTo[i] ?? 0) - (i === 0 ? 0 : (upTo[i - 1] ?? 0)),
    })),
  };
}
