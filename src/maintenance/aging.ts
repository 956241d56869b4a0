import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { ageOut, agingInboxes, type AgingInbox } from '../db/aging';

/**
 * Retention counts days, so to look four times a day is often enough. Events that come in meanwhile must not notice: a call takes
 * some milliseconds, and so many conversations and rows a second leave the database most of its time.
 */
const PACE = {
  ...{ everyMs: 6 * 3_600_000, firstMs: 60_000 },
  ...{ piece: 200, conversationsPerSecond: 4_000, rowsPerSecond: 2_000 },
};
type Rate = Pick<typeof PACE, 'piece' | 'conversationsPerSecond' | 'rowsPerSecond'>;
const PAGE = 100;

interface AgingDeps {
  pool: Pool;
  logger: Logger;
}

/** Deletes what inboxes no longer keep. Two workers at once do no harm. @returns a function that stops it */
export function startAging(deps: AgingDeps, pace: Partial<typeof PACE> = {}): () => Promise<void> {
  const off = new AbortController();
  const running = untilStopped(deps, { ...PACE, ...pace }, off.signal);
  return () => {
    off.abort();
    return running;
  };
}

async function untilStopped(deps: AgingDeps, pace: typeof PACE, off: AbortSignal): Promise<void> {
  await pause(pace.firstMs, off);
  while (!off.aborted) {
    const began = Date.now();
    try {
      const gone = await ageOutAll(deps, pace, off);
      if (gone > 0) deps.logger.info({ rows: gone }, 'removed what inboxes no longer keep');
    } catch (error) {
      deps.logger.warn({ err: error }, 'the inboxes with a retention could not be found; it is tried again');
    }
    await pause(pace.everyMs - (Date.now() - began), off);
  }
}

/**
 * Every conversation of every inbox that has a retention is looked at once. An inbox that fails does not keep the others waiting.
 * @returns how many rows were deleted
 */
export async function ageOutAll(
  { pool, logger }: AgingDeps,
  pace: Rate = PACE,
  off: AbortSignal = new AbortController().signal,
): Promise<number> {
  let gone = 0;
  let last: AgingInbox | null = null;
  do {
    const inboxes: AgingInbox[] = await agingInboxes(pool, last, PAGE);
    for (const inbox of inboxes)
      gone += await ageOutInbox(pool, inbox, pace, off).catch((error: unknown) => {
        logger.warn({ err: error }, 'what an inbox no longer keeps could not be removed; it is tried again');
        return 0;
      });
    last = inboxes.at(-1) ?? null;
  } while (last !== null && !off.aborted);
  return gone;
}

async function ageOutInbox(
  pool: Pool,
  inbox: AgingInbox,
  { piece, conversationsPerSecond, rowsPerSecond }: Rate,
  off: AbortSignal,
): Promise<number> {
  let total = 0;
  let after: string | null = '';
  while (after !== null && !off.aborted) {
    const { last, gone } = await ageOut(pool, inbox, after, { conversations: piece, rows: piece });
    total += gone;
    after = last;
    await pause(1_000 * Math.max(piece / conversationsPerSecond, gone / rowsPerSecond), off);
  }
  return total;
}

/** Ends early when it is stopped. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) await sleep(ms, undefined, { signal, ref: false }).catch(() => {});
}
