import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { dueRows, type OverdueRow } from '../db/reconcile';
import { workflowId } from '../temporal/contract';
import type { TemporalClient } from '../temporal/client';

/** A workflow that runs acts on its timer before `lateMs`; what is due for longer than `longestMs` is left to the sweep. */
const PACE = { everyMs: 1_000, lateMs: 1_500, longestMs: 60_000 };
const PAGE = 500;
const AT_ONCE = 8;

interface WakerDeps {
  pool: Pool;
  temporal: Pick<TemporalClient, 'wake'>;
  logger: Logger;
}

/**
 * An imported conversation has no workflow until its timer is due. This starts those whose timer has just been due, once a
 * second, so that they act on time.
 *
 * @returns a function that stops it
 */
export function startWaker({ pool, temporal, logger }: WakerDeps, pace = PACE): () => Promise<void> {
  /** those that run, or were started, with the time that they were due: they are not asked for again */
  const awake = new Map<string, string>();
  let running: Promise<void> | null = null;
  const look = async () => {
    try {
      await wakeDue({ pool, temporal }, awake, pace);
    } catch (error) {
      logger.warn({ err: error }, 'conversations that are due could not be looked for; it is tried again');
    }
  };
  const timer = setInterval(() => {
    running ??= look().finally(() => (running = null));
  }, pace.everyMs).unref();
  return async () => {
    clearInterval(timer);
    await running;
  };
}

async function wakeDue(
  { pool, temporal }: Pick<WakerDeps, 'pool' | 'temporal'>,
  awake: Map<string, string>,
  { lateMs, longestMs }: typeof PACE,
): Promise<void> {
  const now = Date.now();
  const between = { from: new Date(now - longestMs), to: new Date(now - lateMs) };
  for (const [id, due] of awake) if (due < between.from.toISOString()) awake.delete(id);
  let after: OverdueRow | null = null;
  do {
    const rows: OverdueRow[] = await dueRows(pool, between, after, PAGE);
    const asleep = rows.filter((row) => awake.get(workflowId(row)) !== row.due_at);
    await eachOf(asleep, async (row) => {
      await temporal.wake(row);
      awake.set(workflowId(row), row.due_at);
    });
    after = rows.length < PAGE ? null : (rows.at(-1) ?? null);
  } while (after !== null);
}

async function eachOf<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  const one = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, one));
}
