/** What worker and API tell Prometheus, scraped from a real run of both. */
import { Client as TemporalClient, Connection } from '@temporalio/client';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { EVENT_TYPES, TIMER_EVENTS } from '../../src/domain/events';
import { temporalProgram } from '../../src/embedded/temporal-program';
import { createLogger } from '../../src/runtime/log';
import { startParts, type Parts } from '../support/parts';
import { Receiver } from '../webhooks/support/receiver';
import { expressions, groupedBy, mistakes, selectorsOf } from './support/expressions';
import { scraped, sumOf, type Sample } from './support/samples';
import { live, PERSONAL, put, tell } from './support/whole-life';

jest.setTimeout(120_000);

interface Scrape {
  worker: Sample[];
  api: Sample[];
}

let parts: Parts;
let receiver: Receiver;
const scrapes: Record<'before' | 'after' | 'stuck', Scrape> = {} as never;

const scrapeBoth = async (): Promise<Scrape> => {
  const [worker, api] = await Promise.all([parts.worker, parts.api].map((part) => scraped(part.metrics())));
  return { worker: worker ?? [], api: api ?? [] };
};

beforeAll(async () => {
  const temporal = await temporalProgram(path.join(__dirname, '..', '..', '.cache'), createLogger('silent'));
  receiver = await Receiver.start();
  parts = await startParts(path.dirname(temporal), {
    METRICS_PORT: '0',
    WEBHOOK_ALLOW_PRIVATE: 'true',
    SECRETS_KEY: Buffer.alloc(32).toString('base64'),
  });
  await put(parts, '/v1/inboxes/support', { settings: {} });
  await addWebhook();
  scrapes.before = await scrapeBoth();
  receiver.answers(500);
  await live(parts);
  await decideUnderOldSettings();
  receiver.answers(204);
  await untilTold();
  scrapes.after = await scrapeBoth();
  scrapes.stuck = await whileWritesAreStuck();
}, 120_000);

afterAll(async () => {
  await parts?.stop();
  await receiver?.stop();
});

const moves = (part: keyof Scrape, name: string, labels?: Record<string, string>) => {
  const before = sumOf(scrapes.before[part], name, labels);
  expect(sumOf(scrapes.after[part], name, labels)).toBeGreaterThan(Number.isNaN(before) ? 0 : before);
};

describe('each event that is written', () => {
  it.each([...EVENT_TYPES, ...Object.values(TIMER_EVENTS)])('%s is counted by its type', (type) =>
    moves('worker', 'conversations_events_total', { type }),
  );

  it.each(['applied', 'ignored', 'refused'])('is counted by its verdict: %s', (verdict) =>
    moves('worker', 'conversations_events_total', { verdict }),
  );

  it.each(Object.keys(TIMER_EVENTS))('tells how late the timer %s was', (timer) =>
    moves('worker', 'conversations_timer_lag_seconds_count', { timer }),
  );
});

it.each([
  'conversations_persist_seconds_count',
  'conversations_write_seconds_count',
  'conversations_write_conversations_count',
  'conversations_write_conflicts_total',
  'conversations_dropped_total',
  'conversations_reused_ids_total',
  'conversations_deliveries_total',
  'conversations_delivery_seconds_count',
  'process_cpu_seconds_total',
  'temporal_sticky_cache_size',
  'temporal_workflow_task_execution_latency_seconds_count',
  'temporal_workflow_task_schedule_to_start_latency_seconds_count',
  'temporal_local_activity_execution_latency_seconds_count',
])('the worker counts %s', (name) => moves('worker', name));

it.each(['delivered', 'failed'])('attempts to tell an endpoint are counted: %s', (outcome) =>
  moves('worker', 'conversations_deliveries_total', { outcome }),
);

it.each(['WorkflowWorker', 'LocalActivityWorker', 'ActivityWorker'])(
  'the worker tells its slots: %s',
  (worker_type) => {
    for (const name of ['temporal_worker_task_slots_available', 'temporal_worker_task_slots_used'])
      expect(sumOf(scrapes.after.worker, name, { worker_type })).toBeGreaterThanOrEqual(0);
  },
);

it('the API counts requests by route and status, and never by what stands in a path', () => {
  const route = '/v1/inboxes/:inbox/conversations/:conversation/events';
  moves('api', 'conversations_http_requests_total', { method: 'POST', route, status: '200' });
  moves('api', 'conversations_http_requests_total', { method: 'POST', route, status: '400' });
  moves('api', 'conversations_http_requests_total', { method: 'POST', route: 'no route', status: '404' });
  moves('api', 'conversations_http_request_seconds_count', { route });
  moves('api', 'conversations_decision_seconds_count');
  moves('api', 'temporal_request_total', { operation: 'SignalWorkflowExecution' });
  expect(sumOf(scrapes.after.api, 'conversations_circuit_breaker_open')).toBe(0);
});

it('both tell their connections to PostgreSQL', () => {
  expect(
    sumOf(scrapes.after.worker, 'conversations_database_connections', { role: 'conversations_worker' }),
  ).toBeGreaterThan(0);
  expect(
    sumOf(scrapes.after.api, 'conversations_database_connections', { role: 'conversations_api' }),
  ).toBeGreaterThan(0);
});

it('a decision that cannot be written, and an effect that waits behind it, show their age', () => {
  const { worker } = scrapes.stuck;
  expect(sumOf(worker, 'conversations_unwritten_seconds')).toBeGreaterThan(1);
  expect(sumOf(worker, 'conversations_write_queue')).toBe(1);
  expect(sumOf(scrapes.after.worker, 'conversations_unwritten_seconds')).toBeLessThan(1);
  expect(sumOf(worker, 'conversations_outbox_age_seconds', { stage: 'distribution' })).toBeGreaterThan(1);
});

it('an endpoint that does not answer shows in the outbox: what waits, since when, and that it fails', () => {
  const { worker } = scrapes.stuck;
  expect(sumOf(worker, 'conversations_outbox_age_seconds', { stage: 'delivery' })).toBeGreaterThan(1);
  expect(sumOf(worker, 'conversations_deliveries_waiting')).toBeGreaterThan(0);
  expect(sumOf(worker, 'conversations_endpoints', { state: 'active' })).toBe(1);
});

it('no label holds an id, a name or a word of a caller', () => {
  const labels = Object.values(scrapes).flatMap(({ worker, api }) =>
    [...worker, ...api].flatMap((sample) => Object.values(sample.labels)),
  );
  expect(labels.length).toBeGreaterThan(1_000);
  for (const personal of Object.values(PERSONAL))
    expect(labels.filter((label) => label.includes(personal))).toEqual([]);
  // and so few that no caller can make more of them
  expect(labels.filter((label) => /support|quick|wamid/.test(label))).toEqual([]);
});

/** Prometheus itself adds these. */
const ADDED = ['instance', 'job'];
/** What is counted only once it has gone wrong, which nothing here does. */
const NOT_HERE = ['temporal_workflow_task_execution_failed_total'];
/** Likewise of labels: parked after three days. */
const NOT_SEEN = ['parked'];

describe('the dashboard and the alert rules', () => {
  const all = () => Object.values(scrapes).flatMap(({ worker, api }) => [...worker, ...api]);

  it.each(expressions())('%s: %s asks for series and labels that a real run has', (_, expr, shown) => {
    expect(mistakes(expr)).toEqual([]);
    for (const { name, matchers } of selectorsOf(expr)) {
      if (NOT_HERE.includes(name)) continue;
      const series = all().filter((sample) => sample.name === name);
      expect([name, series.length > 0]).toEqual([name, true]);
      for (const label of [...groupedBy(expr), ...shown].filter((label) => !ADDED.includes(label)))
        expect([name, label, series.some(({ labels }) => label in labels)]).toEqual([name, label, true]);
      for (const [label, operator, value] of matchers) {
        const seen = series.map(({ labels }) => labels[label] ?? '');
        const wanted = operator === '=' ? seen.includes(value) : seen.some((text) => text !== '');
        if (!NOT_SEEN.includes(value))
          expect([name, label, value, wanted]).toEqual([name, label, value, true]);
      }
    }
  });
});

it('without a collector no signal and no activity carries a trace', async () => {
  const connection = await Connection.connect({ address: parts.temporal.address });
  const client = new TemporalClient({ connection, namespace: parts.temporal.namespace });
  const handle = client.workflow.getHandle('conversation/default/support/told');
  const { events = [] } = await handle.fetchHistory();
  const signals = (events ?? []).flatMap((event) => event.workflowExecutionSignaledEventAttributes ?? []);
  expect(signals.length).toBeGreaterThan(0);
  for (const { header } of signals) expect(Object.keys(header?.fields ?? {})).toEqual([]);
  await connection.close();
});

it('an expression that is none is found', () => {
  expect(mistakes('sum by (le (rate(conversations_events_total[5m]))')).not.toEqual([]);
});

it('answers nothing but /metrics', async () => {
  const url = new URL('/v1/inboxes', parts.api.metrics());
  expect((await fetch(url)).status).toBe(404);
});

async function addWebhook(): Promise<void> {
  const response = await fetch(`${parts.url}/v1/webhooks`, {
    method: 'POST',
    headers: { authorization: `Bearer ${parts.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ url: receiver.url }),
  });
  if (response.status !== 201) throw new Error(await response.text());
}

/** A conversation that runs hears of new settings at its next write, which is made again then. */
async function decideUnderOldSettings(): Promise<void> {
  await tell(parts, 'support/conversations/running', { id: 'm1', type: 'message' });
  await put(parts, '/v1/inboxes/support', { settings: { reopen_window_seconds: 60 } });
  await tell(parts, 'support/conversations/running', { id: 'm2', type: 'message' });
}

async function untilTold(): Promise<void> {
  for (const end = Date.now() + 30_000; receiver.received.length < 20; await sleep(100))
    if (Date.now() > end) throw new Error(`only ${receiver.received.length} were told`);
  await tell(parts, 'support/conversations/told', { id: 'm1', type: 'message' });
  for (const end = Date.now() + 30_000; receiver.of('told').length === 0; await sleep(100))
    if (Date.now() > end) throw new Error('it was not told');
}

/** Somebody holds a conversation's row and a transaction open, and the receiver is silent. */
async function whileWritesAreStuck(): Promise<Scrape> {
  receiver.answer = () => {};
  await tell(parts, 'support/conversations/silent', { id: 'm1', type: 'message' });
  const client = new Client({ connectionString: parts.databaseUrl });
  await client.connect();
  try {
    await sleep(1_500); // the delivery begins
    await client.query('BEGIN');
    await client.query(
      `SELECT pg_current_xact_id() FROM conversations WHERE conversation = 'told' FOR UPDATE`,
    );
    await tell(parts, 'support/conversations/behind', { id: 'm1', type: 'message' });
    const stuck = tell(parts, 'support/conversations/told', { id: 'm2', type: 'agent_reply', agent: null });
    await sleep(2_500);
    const scrape = await scrapeBoth();
    await client.query('ROLLBACK');
    await stuck;
    return scrape;
  } finally {
    await client.end();
  }
}
