import type { IRouter } from 'express';
import { refuseOthers } from '../core/operation';
import type { Services } from './services';

type Part = 'ok' | 'unavailable';

interface Readiness {
  temporal: Part;
  worker: Part | 'unknown';
  postgres: Part;
}

const REMEMBERED_MS = 2_000;

/** For whoever watches over the process: no key is needed. */
export function serveHealth(router: IRouter, services: Services): void {
  let last: { at: number; state: Promise<Readiness> } | null = null;
  router.get('/livez', (_, response) => {
    response.json({ status: 'ok' });
  });
  router.get('/readyz', async (_, response) => {
    const now = Date.now();
    if (!last || now - last.at > REMEMBERED_MS) last = { at: now, state: readinessOf(services, now) };
    const state = await last.state;
    const ready = Object.values(state).every((part) => part === 'ok');
    if (!ready) response.setHeader('Retry-After', '1');
    response.status(ready ? 200 : 503).json(state);
  });
  for (const path of ['/livez', '/readyz']) refuseOthers(router, path, ['GET']);
}

async function readinessOf({ temporal, listener }: Services, now: number): Promise<Readiness> {
  const [polled, answers] = await Promise.all([temporal.isPolled(now).catch(() => null), listener.answers()]);
  return {
    temporal: polled === null ? 'unavailable' : 'ok',
    worker: polled === null ? 'unknown' : polled ? 'ok' : 'unavailable',
    postgres: answers ? 'ok' : 'unavailable',
  };
}
