import type { Pool } from 'pg';
import type { Query } from './database';
import { limited } from './pool';

/** A worker's last report. */
export interface WorkerReport {
  worker: string;
  /** how long ago, in milliseconds, by PostgreSQL's clock */
  age_ms: number;
  /** for how long a decision had been waiting to be written, in milliseconds */
  oldest_unwritten_ms: number;
  /** the latest timer of those that acted in the last five minutes, in milliseconds; null: none did */
  timer_lag_ms: number | null;
  /** payloads that were no event, since it started */
  dropped: number;
}

export type Told = Omit<WorkerReport, 'worker' | 'age_ms'>;

const REPORT_LIMIT_MS = 1_500;
const LOOK_LIMIT_MS = 700;

/** A worker is there, and its statements arrive. Those that have said nothing for an hour are forgotten. */
export async function reportWorker(pool: Pool, worker: string, told: Told): Promise<void> {
  const statement = {
    name: 'report_worker',
    text: `WITH gone AS (DELETE FROM workers WHERE heard_at < now() - interval '1 hour' AND worker <> $1)
           INSERT INTO workers (worker, heard_at, oldest_unwritten_ms, timer_lag_ms, dropped) VALUES ($1, now(), $2, $3, $4)
           ON CONFLICT (worker) DO UPDATE SET heard_at = now(), oldest_unwritten_ms = excluded.oldest_unwritten_ms,
             timer_lag_ms = excluded.timer_lag_ms, dropped = excluded.dropped`,
    values: [worker, Math.round(told.oldest_unwritten_ms), told.timer_lag_ms, told.dropped],
  };
  await pool.query(limited(statement, REPORT_LIMIT_MS));
}

export async function forgetWorker(pool: Pool, worker: string): Promise<void> {
  await pool.query(
    limited({ text: 'DELETE FROM workers WHERE worker = $1', values: [worker] }, REPORT_LIMIT_MS),
  );
}

/** The workers' reports of the last minute. */
export function workerReports(query: Query): Promise<WorkerReport[]> {
  return query<WorkerReport>({
    name: 'worker_reports',
    text: `SELECT worker, (extract(epoch FROM clock_timestamp() - heard_at) * 1000)::int AS age_ms, oldest_unwritten_ms, timer_lag_ms, dropped
           FROM workers WHERE heard_at > now() - interval '1 minute'`,
    limitMs: LOOK_LIMIT_MS,
  });
}
