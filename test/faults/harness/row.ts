import { isClean, type Audit } from './audit';
import type { World, WorldOptions } from './world';

export interface RowContext {
  world: World;
  seed: number;
  /** small counts, for everyday use */
  short: boolean;
  /** the row's own inbox */
  inbox: string;
}

/** What a row found. `failed`: broken promises, in words; `figures`: what else was measured. */
export interface Outcome {
  audit: Audit | null;
  failed: string[];
  figures: Record<string, number | string>;
}

/** One promise and how it is tried. */
export interface Row {
  n: number;
  promise: string;
  /** where it is tried, if not here */
  elsewhere?: string;
  /** set if it needs servers of its own: with these options, or because it replaces their files */
  world?: WorldOptions;
  run?: (context: RowContext) => Promise<Outcome>;
}

export function passed({ audit, failed }: Outcome): boolean {
  return failed.length === 0 && (audit === null || isClean(audit));
}

/** The broken promises of `[promise, kept]`. */
export function broken(promises: Record<string, boolean>): string[] {
  return Object.entries(promises)
    .filter(([, kept]) => !kept)
    .map(([promise]) => promise);
}
