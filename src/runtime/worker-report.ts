import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { forgetWorker, reportWorker } from '../db/workers';
import { reason } from './operator-error';

const EVERY_MS = 2_000;

export interface Reported {
  /** As the role `conversations_worker`: the pool that decisions are written through. */
  readonly pool: Pool;
  /** As Temporal knows it. */
  readonly worker: string;
  /** For how long a decision has been waiting to be written, in milliseconds. */
  readonly oldestUnwrittenMs: () => number;
  readonly logger: Logger;
}

/**
 * Says every two seconds that the worker is there, the way its decisions go: what keeps them from being written keeps this
 * from being said, and `readyz` tells it.
 * @returns a function that ends it; the worker is forgotten then
 */
export function reportWhileRunning({
  pool,
  worker,
  oldestUnwrittenMs,
  logger,
}: Reported): () => Promise<void> {
  const off = new AbortController();
  const run = async () => {
    while (!off.signal.aborted) {
      await reportWorker(pool, worker, oldestUnwrittenMs()).catch((error: unknown) =>
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
