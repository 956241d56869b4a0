import { isClean, type Audit } from './audit';
import type { World, WorldOptions } from './world';

export interface RowContext {
  world: World;
  seed: number;
  /** the small counts, for every day */
  short: boolean;
  /** the row's own inbox */
  inbox: string;
}

/** What a row found. `failed`: promises that were not kept, in words; `figures`: what else was measured. */
export interface Outcome {
  audit: Audit | null;
  failed: string[];
  figures: Record<string, number | string>;
}

/** One promise of the list of guarantees, and how it is tried. */
export interface Row {
  n: number;
  promise: string;
  /** where it is tried, for those that are not tried here */
  elsewhere?: string;
  /** needs servers of its own: with these options, or because it replaces their files */
  world?: WorldOptions;
  run?: (context: RowContext) => Promise<Outcome>;
}

export function passed({ audit, failed }: Outcome): boolean {
  return failed.length === 0 && (audit === null || isClean(audit));
}

/** The promises that were not kept, of `[promise, kept]`. */
export function broken(promises: Record<string, boolean>): string[] {
  return Object.entries(promises)
    .filter(([, kept]) => !kept)
    .map(([promise]) => promise);
}
