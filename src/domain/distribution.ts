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

/**
 * Steps of time, each as wide as what is shown is rounded down to: to the second under five minutes, then by less than one part
 * in thirty, so that nobody takes a figure for more exact than it is. From so many seconds on, each step is so wide. Every bound
 * of the distribution begins a step. The function `step` of the database numbers them in the same way.
 */
const WIDTHS = [
  { from: 0, first: 0, width: 1 },
  { from: 300, first: 300, width: 10 },
  { from: 3600, first: 630, width: 60 },
  { from: 28_800, first: 1050, width: 600 },
  { from: 172_800, first: 1290, width: 3600 },
  { from: 31_536_000, first: 10_002, width: 86_400 },
] as const;
const STEPS = 55_001;

/** The least seconds in a step. */
function secondsOf(step: number): number {
  const { from, first, width } = WIDTHS.findLast((w) => w.first <= step) ?? WIDTHS[0];
  return from + (step - first) * width;
}

/** The step of a bound. */
function stepOf(seconds: number): number {
  const { from, first, width } = WIDTHS.findLast((w) => w.from <= seconds) ?? WIDTHS[0];
  return first + (seconds - from) / width;
}

const BOUND_STEPS = BOUNDS.map(stepOf);
/** A character's code is two more than its step; 1 is no case. */
const FIRST = 2;

/** How many cases took how long. */
export class Histogram {
  private readonly counts = new Uint32Array(STEPS);
  private last = -1;
  private ms = 0;

  /** Each `every`-th character from `at` on is a case; `ms`: all of them together. */
  add(steps: string, at: number, every: number, ms: number): void {
    this.ms += ms;
    const { counts } = this;
    let last = this.last;
    for (let i = at; i < steps.length; i += every) {
      const step = steps.charCodeAt(i) - FIRST;
      if (step < 0) continue;
      counts[step]! += 1;
      if (step > last) last = step;
    }
    this.last = last;
  }

  addAll(other: Histogram): void {
    for (let step = 0; step <= other.last; step += 1) this.counts[step]! += other.counts[step]!;
    this.last = Math.max(this.last, other.last);
    this.ms += other.ms;
  }

  clear(): void {
    this.counts.fill(0, 0, this.last + 1);
    this.last = -1;
    this.ms = 0;
  }

  cases(): Cases {
    const under: number[] = [];
    let n = 0;
    for (let step = 0; step <= this.last || under.length < BOUNDS.length; step += 1) {
      if (step === BOUND_STEPS[under.length]) under.push(n);
      n += this.counts[step]!;
    }
    return n === 0 ? NONE : { n, ms: this.ms, median: this.rank(n, 0.5), p90: this.rank(n, 0.9), under };
  }

  private rank(n: number, part: number): number {
    const wanted = Math.ceil(n * part);
    let [step, upTo] = [0, this.counts[0]!];
    while (upTo < wanted) upTo += this.counts[(step += 1)]!;
    return secondsOf(step);
  }
}
