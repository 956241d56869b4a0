import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { forgetWorker, reportWorker, type Told } from '../db/workers';
import { reason } from './operator-error';

const EVERY_MS = 2_000;

export interface Reported {
  /** The pool that decisions are written through, as the role `conversations_worker`. */
  readonly pool: Pool;
  /** Temporal's name for this worker. */
  readonly worker: string;
  readonly told: () => Told;
  readonly logger: Logger;
}

/**
 * Reports every two seconds that the worker is there, through the pool that its decisions take. What stops
 * the decisions also stops this report, and `readyz` shows it.
 * @returns a function that stops it and removes the worker's report
 */
export function reportWhileRunning({ pool, worker, told, logger }: Reported): () => Promise<void> {
  const off = new AbortController();
  const run = async () => {
    while (!off.signal.aborted) {
      await reportWorker(pool, worker, told()).catch((error: unknown) =>
        logger.warn(`PostgreSQL does not hear this worker (${reason(error)})`),
      );
      await sleep(EVERY_MS, undefined, { signal: off.signal, ref: false }).catch(() => {});
    }
    await forgetWorker(pool, worker).catch(() => {});
  };
  const running = run();
  return () => {
    off.abort();
    return running;
  };
}
