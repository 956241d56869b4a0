/** Bulk jobs as the worker does them. */
import type { Pool } from 'pg';
import { bulkEventId } from '../domain/bulk';
import { isErased } from './erasures';
import { inPieces } from './pieces';
import { limited, LONG_MS } from './pool';

export interface BulkTask {
  account: string;
  inbox: string;
  /** without its id */
  event: Record<string, unknown>;
  state: 'running' | 'aborting';
}

/** @returns null if it has ended, or was erased */
export async function bulkTask(pool: Pool, job: string): Promise<BulkTask | null> {
  const { rows } = await pool.query<BulkTask>(
    `SELECT account, inbox, event, state FROM bulk_jobs WHERE job = $1 AND state IN ('running', 'aborting')`,
    [job],
  );
  return rows[0] ?? null;
}

export async function runningBulks(pool: Pool): Promise<{ job: string }[]> {
  const { rows } = await pool.query<{ job: string }>(
    `SELECT job FROM bulk_jobs WHERE state IN ('running', 'aborting') ORDER BY created_at, job`,
  );
  return rows;
}

/** The next that were not sent yet. From now on they count as sent, so that they are asked for if a worker ends here. */
export function claimUnsent(pool: Pool, job: string, limit: number): Promise<string[]> {
  return claimed(pool, [job, limit], `sent_at IS NULL`);
}

/** Those that were sent before that moment and are not decided: they are sent again. */
export function claimUndecided(pool: Pool, job: string, limit: number, before: Date): Promise<string[]> {
  return claimed(pool, [job, limit, before], `sent_at IS NOT NULL AND verdict IS NULL AND sent_at < $3`);
}

/** Not of conversations that are being erased: their rows go soon, and the job ends without them. */
async function claimed(pool: Pool, values: unknown[], which: string): Promise<string[]> {
  const { rows } = await pool.query<{ conversation: string }>(
    `UPDATE bulk_items i SET sent_at = now() FROM (
       SELECT nth FROM bulk_items b WHERE job = $1 AND ${which}
         AND NOT ${isErased('b.account', 'b.inbox', 'b.conversation')} ORDER BY nth LIMIT $2
     ) next WHERE i.job = $1 AND i.nth = next.nth RETURNING i.conversation`,
    values,
  );
  return rows.map(({ conversation }) => conversation);
}

/** Writes down what was decided of those that were sent. @returns how many of them are not decided yet */
export async function noteDecided(pool: Pool, job: string): Promise<number> {
  const statement = {
    text: `WITH sent AS MATERIALIZED (
             SELECT i.nth, t.verdict, t.reason, t.rule FROM bulk_items i LEFT JOIN LATERAL (
               SELECT verdict, reason, rule FROM timeline t
               WHERE t.account = i.account AND t.inbox = i.inbox AND t.conversation = i.conversation AND t.event = $2 LIMIT 1
             ) t ON true
             WHERE i.job = $1 AND i.sent_at IS NOT NULL AND i.verdict IS NULL
           ), noted AS (
             UPDATE bulk_items i SET verdict = s.verdict, reason = s.reason, rule = s.rule FROM sent s
             WHERE i.job = $1 AND i.nth = s.nth AND s.verdict IS NOT NULL
           )
           SELECT count(*) FILTER (WHERE verdict IS NULL)::int AS undecided FROM sent`,
    values: [job, bulkEventId(job)],
  };
  const { rows } = await pool.query<{ undecided: number }>(limited(statement, LONG_MS));
  return rows[0]?.undecided ?? 0;
}

/** It is over once all that was sent is decided, and nothing more is to be sent. @returns whether it is */
export async function endBulk(pool: Pool, job: string): Promise<boolean> {
  const { rowCount } = await pool.query(
    `UPDATE bulk_jobs j SET state = CASE state WHEN 'running' THEN 'done' ELSE 'aborted' END, ended_at = now()
     WHERE j.job = $1 AND j.state IN ('running', 'aborting')
       AND NOT EXISTS (SELECT FROM bulk_items i WHERE i.job = $1 AND i.sent_at IS NOT NULL AND i.verdict IS NULL)
       AND (j.state = 'aborting' OR NOT EXISTS (SELECT FROM bulk_items i WHERE i.job = $1 AND i.sent_at IS NULL))`,
    [job],
  );
  return rowCount === 1;
}

/** Forgets jobs that ended long ago: first their conversations, of which each has up to a hundred thousand. */
export async function removeEndedBulks(pool: Pool, before: Date): Promise<void> {
  // the subqueries have limits so that they go through the primary key, whatever is known about the tables
  await inPieces(async (atMost) => {
    const { rowCount } = await pool.query(
      `DELETE FROM bulk_items WHERE (job, nth) IN (
         SELECT i.job, i.nth FROM bulk_jobs j, LATERAL (SELECT job, nth FROM bulk_items WHERE job = j.job LIMIT $2) i
         WHERE j.ended_at < $1 LIMIT $2)`,
      [before, atMost],
    );
    return rowCount ?? 0;
  });
  await inPieces(async (atMost) => {
    const { rowCount } = await pool.query(
      `DELETE FROM bulk_jobs WHERE job IN (
         SELECT job FROM bulk_jobs j WHERE ended_at < $1
           AND (SELECT true FROM bulk_items i WHERE i.job = j.job LIMIT 1) IS NULL LIMIT $2)`,
      [before, atMost],
    );
    return rowCount ?? 0;
  });
}
