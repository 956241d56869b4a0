import { z } from 'zod';
import { backlogOf } from '../../db/backlog';
import type { AccountDatabase } from '../../db/database';
import { overdueTimers } from '../../db/timers';
import { nullWhileAway } from '../../db/unavailable';
import { timestamp } from '../../domain/text';
import { BREAKS_AFTER } from '../../webhooks/schedule';
import { named } from '../core/names';
import { operation, type Operation } from '../core/operation';
import { noParams, noQuery } from '../core/shapes';
import { findingsOf, PARTS, STATES, VIEWS } from './findings';
import { healthFigures, type HealthFigures } from './health-figures';
import { HEARD_RECENTLY_MS, readinessOf, reportsOfWorkers } from './health';
import type { Services } from './services';

/** A timer that is late by less is just acting, or its worker was busy; by more, the sweep sees to it. */
const LATE_MS = 60_000;
const MOST_NAMED = 20;

const finding = named(
  'Finding',
  z.strictObject({
    part: z.enum(PARTS),
    state: z.enum(STATES),
    says: z.string(),
    fix: z.string().nullable().describe('What helps'),
    command: z.string().nullable().describe('To be typed where the service runs'),
    see: z.enum(VIEWS).nullable().describe('Where the page shows more'),
  }),
);

const healthAnswer = named(
  'Health',
  z.strictObject({ at: timestamp(), findings: z.array(finding), ...healthFigures.shape }),
  { description: 'How the service is, part by part. null: it cannot be told now.' },
);

export function healthOperations(services: Services): Operation[] {
  return [
    operation({
      name: 'read_health',
      method: 'get',
      path: '/v1/health',
      tag: 'Health',
      summary: 'What is wrong, how late it is, and what helps',
      scope: 'conversations:read',
      params: noParams,
      query: noQuery,
      answers: { 200: healthAnswer },
      async handle({ db }) {
        const now = Date.now();
        const figures = await figuresOf(services, db, now);
        const at = new Date(now).toISOString();
        return { status: 200, body: { at, findings: findingsOf(figures), ...figures } };
      },
    }),
  ];
}

async function figuresOf(services: Services, db: AccountDatabase, now: number): Promise<HealthFigures> {
  const { temporal } = services;
  const [readiness, reports, queue, failing, overdue, outbox] = await Promise.all([
    readinessOf(services, now),
    reportsOfWorkers(services),
    temporal.queueState().catch(() => null),
    temporal.failing(db.account, MOST_NAMED),
    overdueTimers(db, null, new Date(now - LATE_MS), 1).catch(nullWhileAway),
    backlogOf(db.query, BREAKS_AFTER).catch(nullWhileAway),
  ]);
  const recent = reports?.filter(({ age_ms }) => age_ms < HEARD_RECENTLY_MS);
  const lags = recent?.flatMap(({ timer_lag_ms }) => timer_lag_ms ?? []) ?? [];
  return {
    ...readiness,
    workers: recent?.length ?? null,
    tasks: queue && {
      waiting: queue.waiting,
      oldest_seconds: queue.oldest_seconds,
      pollers: queue.polled.length,
    },
    timer_lag_seconds: lags.length === 0 ? null : Math.max(...lags) / 1000,
    dropped: recent?.reduce((sum, { dropped }) => sum + dropped, 0) ?? null,
    overdue: overdue?.n ?? null,
    failing: failing && {
      n: failing.n,
      conversations: failing.items.map(({ inbox, conversation }) => `${inbox}/${conversation}`),
    },
    outbox: outbox && {
      unheard_seconds: outbox.unheard_age,
      undelivered_seconds: outbox.undelivered_age,
      waiting: outbox.waiting,
      active: outbox.active,
      failing: outbox.failing,
      paused: outbox.paused,
    },
  };
}
