import type { Setup } from './setup';

/** One line of the table. */
export interface Line {
  n: string;
  what: string;
  goal: string;
  limit: string;
  ours: string;
  /** as it is shown, beside the spread over the rounds */
  ratio: string;
  spread: string;
  pass: boolean | null;
  /** every number it was made of */
  raw: unknown;
}

/** How long and how often. */
export interface Effort {
  rounds: number;
  seconds: number;
  quick: boolean;
  /** due in the same second, in the row of timers */
  timers: number;
  /** conversations, in row `open` */
  open: number;
  /** that reports are over, in row 14 */
  episodes: number;
}

export interface Bench {
  setup: Setup;
  effort: Effort;
  /** shows what is being done */
  say: (what: string) => void;
  /** between measurements, progress within one row */
  progress: (what: string) => (done: number, of: number) => void;
  /** plots and other files of the run */
  keep: (name: string, content: string) => void;
}

export interface Row {
  /** as `--only` takes them */
  numbers: string[];
  measure(bench: Bench): Promise<Line[]>;
}

export const round = (value: number, digits = 2) => value.toFixed(digits);

/** With its sign, also a plus. */
export const signed = (value: number, shown: string) => (value < 0 ? shown : `+${shown}`);

export const perSecond = (value: number) =>
  `${value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(1)}/s`;

export const ms = (value: number) => `${value.toFixed(1)} ms`;
