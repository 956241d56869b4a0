/** Counts conversations per status again and again while the replay runs. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Counts } from '../../clients/typescript/src/index';

export interface Sample {
  /** milliseconds after the replay began */
  at: number;
  counts: Counts;
}

export interface Sampling {
  readonly samples: Sample[];
  /** Takes a last sample and ends. */
  stop(): Promise<Sample[]>;
}

const EVERY_MS = 1_000;

/** A sample that cannot be read is left out, so the table has a gap while the service was away. */
export function sample(read: () => Promise<Counts>): Sampling {
  const began = Date.now();
  const samples: Sample[] = [];
  const stopping = new AbortController();
  const take = async () => {
    try {
      const counts = await read();
      samples.push({ at: Date.now() - began, counts });
    } catch {
      // the service is away: other parts report it
    }
  };
  const running = (async () => {
    while (!stopping.signal.aborted) {
      await take();
      await sleep(EVERY_MS, undefined, { signal: stopping.signal }).catch(() => {});
    }
  })();
  return {
    samples,
    async stop() {
      stopping.abort();
      await running;
      await take();
      return samples;
    },
  };
}

/** This many of them, evenly spaced, with the first and the last. */
export function thinned<T>(all: T[], atMost: number): T[] {
  if (all.length <= atMost) return all;
  const step = (all.length - 1) / (atMost - 1);
  return Array.from({ length: atMost }, (_, i) => all[Math.round(i * step)]!);
}
