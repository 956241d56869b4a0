import { createHash } from 'node:crypto';
import type { QueryResultRow } from 'pg';
import { decisionSeconds } from '../metrics/decisions';
import { Batcher } from './batcher';
import type { Database } from './database';
import { findDecisions, toDecided, type Decided, type EventName, type FoundRow } from './decisions';
import type { Listener } from './listener';
import type { Statement } from './rows';

interface Waiter {
  name: EventName;
  done: (decided: Decided | null) => void;
}

const CHANNEL = 'decided';
const MOST_AT_ONCE = 200;
const SAFETY_POLL_MS = 500;

/**
 * Finds written decisions of events and waits for them. Calls at about the same time share one statement. To
 * wait costs nothing, because the write announces what it decided.
 */
export class DecisionLookup {
  private readonly questions: Batcher<EventName, FoundRow | null>;
  private readonly waiting = new Map<string, Set<Waiter>>();
  private poll: NodeJS.Timeout | undefined;

  constructor(
    private readonly listener: Listener,
    private readonly database: Database,
  ) {
    const options = { size: MOST_AT_ONCE, linger_ms: 0, faultOfOne: () => false };
    this.questions = new Batcher((names) => this.findAll(names), options);
    listener.on(CHANNEL, (tokens) => this.heard(tokens.split(',')));
    listener.onBack(() => this.heard([...this.waiting.keys()]));
    listener.onAway(() => this.giveUp());
  }

  /**
   * The decision about an event of any time; null if the event is not known.
   * @throws PostgresUnavailableError
   */
  async find(name: EventName): Promise<Decided | null> {
    const row = await this.questions.add(name);
    return row && toDecided(this.database.of(name.account).query, name, row);
  }

  /**
   * The event's decision once it is written; null when that takes longer than `limitMs`, or PostgreSQL goes away meanwhile.
   * Never rejects. Call it before the event is sent: what was announced earlier is not heard.
   */
  waitFor(name: EventName, limitMs: number): { decided: Promise<Decided | null>; cancel: () => void } {
    const token = decisionId(name);
    const took = decisionSeconds.startTimer();
    let done: Waiter['done'] = () => {};
    const decided = new Promise<Decided | null>((resolve) => {
      const timer = setTimeout(() => done(null), limitMs);
      const waiter: Waiter = { name, done: (value) => done(value) };
      done = (value) => {
        clearTimeout(timer);
        this.forget(token, waiter);
        if (value) took();
        resolve(value);
      };
      this.remember(token, waiter);
    });
    if (this.listener.away) done(null);
    return { decided, cancel: () => done(null) };
  }

  /** Tells all that wait that there is no answer yet. */
  giveUp(): void {
    for (const waiters of [...this.waiting.values()]) for (const waiter of [...waiters]) waiter.done(null);
  }

  private remember(token: string, waiter: Waiter): void {
    const waiters = this.waiting.get(token);
    if (waiters) waiters.add(waiter);
    else this.waiting.set(token, new Set([waiter]));
    this.poll ??= setInterval(() => this.heard([...this.waiting.keys()]), SAFETY_POLL_MS);
  }

  private forget(token: string, waiter: Waiter): void {
    const waiters = this.waiting.get(token);
    if (!waiters?.delete(waiter) || waiters.size > 0) return;
    this.waiting.delete(token);
    if (this.waiting.size > 0) return;
    clearInterval(this.poll);
    this.poll = undefined;
  }

  private heard(tokens: string[]): void {
    for (const token of tokens) for (const waiter of this.waiting.get(token) ?? []) void this.look(waiter);
  }

  private async look(waiter: Waiter): Promise<void> {
    try {
      const decided = await this.find(waiter.name);
      if (decided) waiter.done(decided);
    } catch {
      // away: the listener tells everybody; for a moment only: the next poll looks again
    }
  }

  /** One statement for each account, because row-level security shows only one account's rows. */
  private async findAll(names: EventName[]): Promise<(FoundRow | null)[]> {
    const found = new Map<EventName, FoundRow | null>();
    for (const account of new Set(names.map((name) => name.account))) {
      const own = names.filter((name) => name.account === account);
      const rows = await findDecisions((statement) => this.ask({ ...statement, account }), own);
      own.forEach((name, i) => found.set(name, rows[i] ?? null));
    }
    return names.map((name) => found.get(name) ?? null);
  }

  /** This small statement is frequent. It does not use the pool, so that it does not wait behind reads. */
  private ask<R extends QueryResultRow>(statement: Statement): Promise<R[]> {
    const { listener, database } = this;
    return listener.connected ? listener.query<R>(statement) : database.query<R>(statement);
  }
}

/**
 * What a write calls an event when it announces it (see the `decided` channel), and what logs call it: a digest, so that they
 * name no conversation.
 */
export function decisionId({ account, inbox, conversation, event }: EventName): string {
  return createHash('md5').update(`${account}/${inbox}/${conversation}/${event}`).digest('hex').slice(0, 12);
}
