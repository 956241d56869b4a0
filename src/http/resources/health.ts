import type { IRouter } from 'express';
import { nullWhileAway } from '../../db/unavailable';
import { workerReports, type WorkerReport } from '../../db/workers';
import { refuseOthers } from '../core/operation';
import type { Services } from './services';

type Part = 'ok' | 'unavailable' | 'unknown';

export interface Readiness {
  temporal: Part;
  worker: Part;
  postgres: Part;
  /** how long the oldest decision has waited to be written; null if no worker has reported lately */
  oldest_unwritten_seconds: number | null;
}

const REMEMBERED_MS = 2_000;
/** A worker reports every two seconds; one missing report may be an accident. */
export const HEARD_RECENTLY_MS = 6_000;
const WRITES_ARRIVE_MS = 5_000;

/** For supervisors and load balancers; needs no key. */
export function serveHealth(router: IRouter, services: Services): void {
  let last: { at: number; state: Promise<Readiness> } | null = null;
  router.get('/livez', (_, response) => {
    response.json({ status: 'ok' });
  });
  router.get('/readyz', async (_, response) => {
    const now = Date.now();
    if (!last || now - last.at > REMEMBERED_MS) last = { at: now, state: readinessOf(services, now) };
    const state = await last.state;
    const ready = [state.temporal, state.worker, state.postgres].every((part) => part === 'ok');
    if (!ready) response.setHeader('Retry-After', '1');
    response.status(ready ? 200 : 503).json(state);
  });
  for (const path of ['/livez', '/readyz']) refuseOthers(router, path, ['GET']);
}

export async function readinessOf(services: Services, now: number): Promise<Readiness> {
  const [polled, reports] = await Promise.all([
    services.temporal.isPolled(now).catch(() => null),
    reportsOfWorkers(services),
  ]);
  const recent = reports?.filter((report) => report.age_ms < HEARD_RECENTLY_MS);
  return {
    temporal: polled === null ? 'unavailable' : 'ok',
    worker: polled === null || !recent ? 'unknown' : polled && isWriting(recent) ? 'ok' : 'unavailable',
    postgres: reports ? 'ok' : 'unavailable',
    oldest_unwritten_seconds: recent && recent.length > 0 ? oldestMs(recent) / 1_000 : null,
  };
}

/**
 * The workers' reports, read through the pool of all resources; null if PostgreSQL does not answer. One
 * failure may be a dead connection: dead connections are dropped, and a second read decides.
 */
export async function reportsOfWorkers({ database, listener }: Services): Promise<WorkerReport[] | null> {
  for (let left = 2; left > 0; left--) {
    const [answers, reports] = await Promise.all([
      listener.answers(),
      workerReports((statement) => database.query(statement)).catch(nullWhileAway),
    ]);
    if (reports && (answers || listener.crowded)) return reports;
    if (listener.away) return null;
    await database.dropDead();
  }
  return null;
}

function isWriting(recent: WorkerReport[]): boolean {
  return recent.length > 0 && oldestMs(recent) < WRITES_ARRIVE_MS;
}

function oldestMs(recent: WorkerReport[]): number {
  return Math.max(...recent.map((report) => report.oldest_unwritten_ms));
}
