import { median } from './statistics';

/** What one round measured: limit and ours, each twice. */
export interface Round<A, B> {
  limit: [A, A];
  ours: [B, B];
}

/** A-B-B-A: what changes meanwhile (caches, disks, other work on the machine) affects both alike. */
export async function interleaved<A, B>(
  rounds: number,
  limit: () => Promise<A>,
  ours: () => Promise<B>,
  progress: (done: number, of: number) => void,
): Promise<Round<A, B>[]> {
  const all: Round<A, B>[] = [];
  for (let round = 0; round < rounds; round++) {
    const step = async <T>(nth: number, measure: () => Promise<T>) => {
      progress(round * 4 + nth, rounds * 4);
      return measure();
    };
    const first = await step(0, limit);
    const second = await step(1, ours);
    const third = await step(2, ours);
    const fourth = await step(3, limit);
    all.push({ limit: [first, fourth], ours: [second, third] });
  }
  return all;
}

/** A figure over all rounds. */
export interface Figure {
  median: number;
  least: number;
  most: number;
  each: number[];
}

export function figure(each: number[]): Figure {
  return { median: median(each), least: Math.min(...each), most: Math.max(...each), each };
}
