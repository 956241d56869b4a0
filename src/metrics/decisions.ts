/** What is told of decisions: how many, of what kind, and how long they take. */
import { Counter, Histogram } from 'prom-client';
import { TIMER_EVENTS } from '../domain/events';
import { LAGS, LATENCIES, Measured, registry } from './registry';

const registers = [registry];

const events = new Counter({
  name: 'conversations_events_total',
  help: 'Events that were decided and written, by type and verdict; timers are events too.',
  labelNames: ['type', 'verdict'] as const,
  registers,
});

const persist = new Histogram({
  name: 'conversations_persist_seconds',
  help: 'From deciding in the workflow until the decision is written.',
  buckets: LATENCIES,
  registers,
});

const timerLag = new Histogram({
  name: 'conversations_timer_lag_seconds',
  help: 'From when a timer was due until what it did is written.',
  labelNames: ['timer'] as const,
  buckets: LAGS,
  registers,
});

const REMEMBERED_MS = 300_000;

/** The timer that acted latest after it was due, of those of the last five minutes. */
class LatestTimer {
  private seen: { at: number; ms: number }[] = [];

  /** null: none acted */
  get ms(): number | null {
    this.forget(Date.now());
    return this.seen[0]?.ms ?? null;
  }

  /** Keeps, in order, only those that no later one exceeds. */
  saw(at: number, ms: number): void {
    this.forget(at);
    while (this.seen.length > 0 && (this.seen.at(-1)?.ms ?? 0) <= ms) this.seen.pop();
    this.seen.push({ at, ms });
  }

  private forget(now: number): void {
    while (this.seen[0] && this.seen[0].at < now - REMEMBERED_MS) this.seen.shift();
  }
}

export const latestTimer = new LatestTimer();

/** Of one statement, which many conversations share. */
export const writeSeconds = new Histogram({
  name: 'conversations_write_seconds',
  help: 'How long a statement that writes decisions takes.',
  labelNames: ['outcome'] as const,
  buckets: LATENCIES,
  registers,
});

export const writeSize = new Histogram({
  name: 'conversations_write_conversations',
  help: 'How many conversations share a statement that writes decisions.',
  buckets: [1, 2, 5, 10, 20, 50, 100, 200],
  registers,
});

export const conflicts = new Counter({
  name: 'conversations_write_conflicts_total',
  help: 'Writes that found another row, other settings or a known event, so that the decision was made again.',
  registers,
});

interface Writes {
  readonly size: number;
  readonly behindMs: number;
}

export const writeQueue = new Measured<Writes>(
  { name: 'conversations_write_queue', help: 'Conversations whose decisions are waiting to be written.' },
  (writes) => writes.size,
  'sum',
);

export const unwritten = new Measured<Writes>(
  {
    name: 'conversations_unwritten_seconds',
    help: 'For how long the oldest decision that is not written has been waiting.',
  },
  (writes) => writes.behindMs / 1000,
  'max',
);

/** Where an answer is awaited: what a caller waits for. */
export const decisionSeconds = new Histogram({
  name: 'conversations_decision_seconds',
  help: 'From taking an event whose answer is awaited until its decision is known.',
  buckets: LATENCIES,
  registers,
});

interface WrittenEntry {
  type: string;
  verdict: string;
  /** RFC 3339 */
  at: string;
  data: Record<string, unknown>;
}

const TIMERS = new Map<string, string>(
  Object.entries(TIMER_EVENTS).map(([timer, type]) => [type, timer] as const),
);

export function countWritten(entries: readonly WrittenEntry[]): void {
  const now = Date.now();
  for (const { type, verdict, at, data } of entries) {
    events.inc({ type, verdict });
    // The workflow's clock is Temporal's.
    persist.observe(Math.max(0, now - Date.parse(at)) / 1000);
    const timer = TIMERS.get(type);
    const due = timer === undefined ? NaN : dueAt(data);
    if (timer === undefined || Number.isNaN(due)) continue;
    const lag = Math.max(0, now - due);
    timerLag.observe({ timer }, lag / 1000);
    latestTimer.saw(now, lag);
  }
}

/** Epoch milliseconds; an entry's data has it as RFC 3339. */
function dueAt({ due_at }: Record<string, unknown>): number {
  return typeof due_at === 'string' ? Date.parse(due_at) : Number(due_at ?? NaN);
}
