import type { Pool } from 'pg';
import { backlogOf } from '../db/backlog';
import type { Query } from '../db/database';
import { limited } from '../db/pool';
import { endpoints, outboxAge, waiting } from '../metrics/deliveries';
import { onScrape } from '../metrics/registry';
import { BREAKS_AFTER } from './schedule';

/** Every worker tells the same of the database: where there are several, the largest counts. */
export function watchBacklog(pool: Pool): void {
  const query: Query = async ({ name, text, values = [], limitMs = 0 }) =>
    (await pool.query(limited({ name, text, values: [...values] }, limitMs))).rows as never;
  onScrape(async () => {
    if (pool.ended) return;
    const backlog = await backlogOf(query, BREAKS_AFTER).catch(() => null);
    // What is not known is told as NaN: 0 would say that all is well.
    outboxAge.set({ stage: 'distribution' }, backlog?.unheard_age ?? NaN);
    outboxAge.set({ stage: 'delivery' }, backlog?.undelivered_age ?? NaN);
    waiting.set(backlog?.waiting ?? NaN);
    for (const state of ['active', 'failing', 'paused'] as const)
      endpoints.set({ state }, backlog?.[state] ?? NaN);
  });
}
