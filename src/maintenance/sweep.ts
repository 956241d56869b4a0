import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { overdueRows } from '../db/reconcile';
import { unfinishedRollouts } from '../db/rollouts';
import { removeTold } from './retention';
import type { TemporalClient } from '../temporal/client';

const EVERY_MS = 60_000;
const OVERDUE_SECONDS = 60;
const AT_ONCE = 1000;

interface SweepDeps {
  pool: Pool;
  temporal: Pick<TemporalClient, 'wake' | 'resumeRollout'>;
  logger: Logger;
}

/**
 * Wakes what should be awake: conversations whose timer is overdue (their workflow was lost to a restore, or terminated by
 * hand), and rollouts of settings that were stored while Temporal was away; and removes what was told long ago. At start, then
 * once a minute.
 *
 * @returns a function that stops it
 */
export function startSweep(deps: SweepDeps): () => Promise<void> {
  let running: Promise<void> = Promise.resolve();
  const run = () => (running = running.then(() => sweepOnce(deps)));
  void run();
  const timer = setInterval(() => void run(), EVERY_MS).unref();
  return () => {
    clearInterval(timer);
    return running;
  };
}

async function sweepOnce({ pool, temporal, logger }: SweepDeps): Promise<void> {
  try {
    const overdue = await overdueRows(pool, OVERDUE_SECONDS, AT_ONCE);
    let woken = 0;
    for (const row of overdue) if (await temporal.wake(row)) woken += 1;
    const rollouts = await unfinishedRollouts(pool);
    for (const inbox of rollouts) await temporal.resumeRollout(inbox);
    const removed = await removeTold(pool, Date.now());
    if (overdue.length + rollouts.length > 0) {
      logger.info({ overdue: overdue.length, woken, rollouts: rollouts.length }, 'sweep');
    }
    if (removed.outbox + removed.deliveries > 0) logger.info(removed, 'removed what was told long ago');
  } catch (error) {
    logger.warn({ err: error }, 'sweep failed; the next one will try again');
  }
}
