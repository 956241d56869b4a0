import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { overdueRows, type OverdueRow } from '../db/reconcile';
import { runningBulks } from '../db/bulk-work';
import { runningErasures } from '../db/erasures';
import { unfinishedRollouts } from '../db/rollouts';
import { pacer } from './pacer';
import { countOlder } from './rebuild-reports';
import { removeTold } from './retention';
import type { TemporalClient } from '../temporal/client';
import { CODE_NUMBER } from '../temporal/code-number';
import { hasOlderRuns, NewerCodeError } from './code-takeover';

/**
 * A sweep ends after `longestMs`, and the next one goes on from there. Many that were imported with deadlines that lie in the past
 * must not take the place of what happens now: it wakes at most `perSecond`.
 */
const PACE = { everyMs: 60_000, longestMs: 30_000, perSecond: 100 };
const OVERDUE_SECONDS = 60;
const PAGE = 500;

interface SweepDeps {
  pool: Pool;
  temporal: Pick<
    TemporalClient,
    'wake' | 'resumeRollout' | 'startCodeRollout' | 'startErasure' | 'startBulk'
  >;
  logger: Logger;
  /** called when newer code decides in the database; absent if several builds may decide */
  outdated?: (error: NewerCodeError) => void;
}

/**
 * Starts what should run: conversations whose timer is overdue (they were imported after it was due, a restore lost their
 * workflow, or somebody terminated it), rollouts of settings, erasures and bulk jobs that were stored while Temporal was away; and deletes old effects.
 * At the start, then once a minute.
 *
 * @returns a function that stops it
 */
export function startSweep(deps: SweepDeps, pace = PACE): () => Promise<void> {
  let running: Promise<void> = Promise.resolve();
  const place: Place = { after: null, olderCounted: false };
  const sweep = async () => {
    try {
      await sweepOnce(deps, place, pace);
    } catch (error) {
      if (error instanceof NewerCodeError) deps.outdated?.(error);
      else deps.logger.warn({ err: error }, 'sweep failed; the next one will try again');
    }
  };
  const run = () => (running = running.then(sweep));
  void run();
  const timer = setInterval(() => void run(), pace.everyMs).unref();
  return () => {
    clearInterval(timer);
    return running;
  };
}

/**
 * The last overdue row that was looked at; null if all were. Rows whose workflow cannot be started stay
 * overdue. The next sweep begins after them, so that they do not hide the others.
 */
interface Place {
  after: OverdueRow | null;
  /** whether reports count what was decided before they were kept */
  olderCounted: boolean;
}

async function sweepOnce(
  deps: SweepDeps,
  place: Place,
  { longestMs, perSecond }: typeof PACE,
): Promise<void> {
  const { pool, temporal, logger, outdated } = deps;
  const until = Date.now() + longestMs;
  if (outdated && (await hasOlderRuns(pool))) await temporal.startCodeRollout({ number: CODE_NUMBER });
  for (const erasure of await runningErasures(pool)) await temporal.startErasure(erasure);
  for (const bulk of await runningBulks(pool)) await temporal.startBulk(bulk);
  const rollouts = await unfinishedRollouts(pool);
  for (const inbox of rollouts) await temporal.resumeRollout(inbox);
  let [overdue, woken] = [0, 0];
  const paced = pacer(perSecond);
  do {
    const rows = await overdueRows(pool, OVERDUE_SECONDS, place.after, PAGE);
    for (const row of rows) {
      place.after = row;
      await paced();
      if (await temporal.wake(row)) woken += 1;
    }
    overdue += rows.length;
    if (rows.length < PAGE) place.after = null;
  } while (place.after !== null && Date.now() < until);
  if (overdue + rollouts.length > 0) logger.info({ overdue, woken, rollouts: rollouts.length }, 'sweep');
  if (!place.olderCounted) {
    const counted = await countOlder(pool, until);
    place.olderCounted = Date.now() < until;
    if (counted > 0) logger.info({ counted }, 'reports count what was decided before they were kept');
  }
  const removed = await removeTold(pool, Date.now());
  if (removed.outbox + removed.deliveries > 0) logger.info(removed, 'removed what was told long ago');
}
