import type { Pool } from 'pg';
import type { Logger } from 'pino';
import {
  exchange,
  leave,
  type Due,
  type Exchanged,
  type Health,
  type Outcome,
  type Recipient,
} from '../db/delivering';
import type { Tried } from './attempt';
import { Lanes } from './lanes';
import { afterTry, isHeld, isOpen } from './schedule';

/**
 * The result of a visit to an endpoint. `next` is the time of the next visit in epoch milliseconds; null:
 * when the workflow is woken.
 */
export interface Visited {
  next: number | null;
}

export interface VisitDeps {
  pool: Pool;
  /** epoch milliseconds, as deliveries go by it */
  now: () => number;
  logger?: Logger;
  /** after it is aborted nothing more begins */
  stopping: AbortSignal;
  /** how deliveries to an endpoint as it is now are tried */
  attempting: (recipient: Recipient) => (due: Due) => Promise<Tried | null>;
}

const AT_ONCE = 64;
/** How many wait in hand, at the least and at the most. */
const AHEAD = { least: 2 * AT_ONCE, most: 16 * AT_ONCE };
/** So many in hand for each that ended while the last ones were read: what an endpoint takes fast is read far ahead. */
const AHEAD_OF = 3;
/** Of one conversation: they leave room for `AT_ONCE` others. */
const EACH = 8;
/** Results are gathered for so long, while others are tried. */
const GATHER_MS = 50;
/** What is new, or has changed, is looked for at least so often. */
const LOOK_MS = 500;
const VISIT_MS = 30_000;
/** More deliveries often follow soon, so a visit stays for a while. */
const LINGER_MS = 2_000;

/**
 * A visit to an endpoint. While deliveries are tried, many at the same time, the results of those before are
 * written and the next are read.
 */
export class Visit {
  private readonly lanes = new Lanes();
  private outcomes: Outcome[] = [];
  private running = 0;
  private attempt: ((due: Due) => Promise<Tried | null>) | null = null;
  private health: Health = { failures: 0, held_until: null };
  private isHealthNew = false;
  /** the receiver said so; it is not written yet */
  private isGone = false;
  private isPaused = false;
  private ahead = AHEAD.least;
  private mayBeMore = false;
  private isOver = false;
  private broken: { error: unknown } | null = null;
  private wake: () => void = () => {};

  constructor(
    private readonly webhook: string,
    private readonly deps: VisitDeps,
  ) {}

  /** @throws what PostgreSQL answers, and what `attempting` throws */
  async run(): Promise<Visited> {
    const began = performance.now();
    let busy = began;
    try {
      for (;;) {
        this.isOver ||= this.deps.stopping.aborted || performance.now() - began > VISIT_MS;
        const exchanged = await this.exchange();
        if (!exchanged) return { next: null };
        this.begin();
        const isBusy = this.running > 0 || this.outcomes.length > 0;
        if (isBusy) busy = performance.now();
        const isDone = this.isOver || this.isPaused || performance.now() - busy > LINGER_MS;
        if (isDone && !isBusy) return await this.leave(exchanged.next);
        await this.untilDue();
      }
    } finally {
      this.isOver = true;
      while (this.running > 0) await this.pause(LOOK_MS);
    }
  }

  private async leave(next: number | null): Promise<Visited> {
    if (this.broken) throw this.broken.error;
    await leave(this.deps.pool, this.webhook, next, this.deps.now());
    return { next };
  }

  private async exchange(): Promise<Exchanged | null> {
    const { outcomes, isGone: paused, isHealthNew } = this;
    const readAt = performance.now();
    const now = this.deps.now();
    this.outcomes = [];
    this.isHealthNew = this.isGone = false;
    if (this.isOver) this.lanes.forget();
    this.ahead = Math.min(Math.max(AHEAD.least, AHEAD_OF * outcomes.length), AHEAD.most);
    const room = Math.max(0, this.ahead - this.lanes.waiting);
    const exchanged = await exchange(this.deps.pool, this.webhook, {
      ...{ now, outcomes, paused, attended_until: now + 2 * VISIT_MS },
      health: isHealthNew ? this.health : null,
      without: this.lanes.nths,
      most: (recipient) => this.most(recipient, room, now),
    });
    if (!exchanged) return null;
    const { recipient, due } = exchanged;
    if (!this.isHealthNew) this.health = { failures: recipient.failures, held_until: recipient.held_until };
    this.isPaused = recipient.state === 'paused';
    this.attempt = this.deps.attempting(recipient);
    if (room > 0) this.mayBeMore = due.length === room;
    this.lanes.add(due, readAt);
    return exchanged;
  }

  private most(recipient: Recipient, room: number, now: number): { all: number; each: number } {
    if (this.isOver || recipient.state === 'paused' || isHeld(recipient, now)) return { all: 0, each: 0 };
    if (isOpen(recipient)) return { all: 1, each: 1 };
    return { all: room, each: EACH };
  }

  /** Begins as many as may run now. */
  private begin(): void {
    const { now, stopping } = this.deps;
    if (this.isOver || stopping.aborted || this.isPaused || this.isGone || isHeld(this.health, now()))
      return this.lanes.forget();
    const most = isOpen(this.health) ? 1 : AT_ONCE;
    while (this.running < most) {
      const due = this.lanes.next(performance.now());
      if (!due || !this.attempt) return;
      this.running += 1;
      this.attempt(due).then(
        (tried) => this.ended(due, tried),
        (error: unknown) => {
          this.broken ??= { error };
          this.isOver = true;
          this.ended(due, null);
        },
      );
    }
  }

  private ended(due: Due, tried: Tried | null): void {
    this.running -= 1;
    this.lanes.ended(due, tried !== null && tried.outcome.state !== 'pending');
    if (tried) {
      this.outcomes.push(tried.outcome);
      this.takeHealth(tried);
    }
    this.begin();
    if (this.isDue) this.wake();
  }

  private takeHealth({ recipient, hold_until }: Tried): void {
    const { failures, held_until } = this.health;
    if (recipient !== 'unknown') this.health = afterTry(this.health, recipient === 'ok', this.deps.now());
    if (hold_until !== undefined)
      this.health = { ...this.health, held_until: Math.max(this.health.held_until ?? 0, hold_until) };
    this.isHealthNew ||= failures !== this.health.failures || held_until !== this.health.held_until;
    if (recipient !== 'gone' || this.isGone) return;
    this.isGone = true;
    this.deps.logger?.warn({ webhook: this.webhook }, 'webhook paused: the receiver says it is gone');
  }

  /** Whether the database must be asked before more can be done, or should be, so that nothing has to wait. */
  private get isDue(): boolean {
    if (this.running === 0 && (this.outcomes.length > 0 || this.isOver)) return true;
    return this.mayBeMore && this.lanes.waiting < this.ahead / 2 && !this.isOver;
  }

  private async untilDue(): Promise<void> {
    const looked = performance.now();
    do {
      if (this.isDue) return;
      await this.pause(GATHER_MS);
    } while (this.outcomes.length === 0 && performance.now() - looked < LOOK_MS);
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
