/** What is told of the outbox and of webhooks. */
import { Counter, Gauge, Histogram } from 'prom-client';
import { LATENCIES, registry } from './registry';

const registers = [registry];

export const attempts = new Counter({
  name: 'conversations_deliveries_total',
  help: 'Attempts to tell an endpoint: delivered, failed and tried again, or parked because it failed for too long.',
  labelNames: ['outcome'] as const,
  registers,
});

export const attemptSeconds = new Histogram({
  name: 'conversations_delivery_seconds',
  help: 'How long an endpoint took to answer.',
  buckets: LATENCIES,
  registers,
});

export const outboxAge = new Gauge({
  name: 'conversations_outbox_age_seconds',
  help: 'Age of the oldest effect that an active endpoint was not told: not handed to it yet, or not delivered.',
  labelNames: ['stage'] as const,
  registers,
});

export const waiting = new Gauge({
  name: 'conversations_deliveries_waiting',
  help: 'Deliveries that wait, at most 10,000 of each endpoint.',
  registers,
});

export const endpoints = new Gauge({
  name: 'conversations_endpoints',
  help: 'Endpoints by state; failing: five or more failures in a row.',
  labelNames: ['state'] as const,
  registers,
});
