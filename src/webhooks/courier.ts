import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { leave, nextRound, type Due, type Health, type Outcome, type Recipient } from '../db/courier';
import { deliveryId } from '../db/deliveries';
import type { SecretBox } from '../db/secret-box';
import { attempts, attemptSeconds } from '../metrics/deliveries';
import { isValid } from '../db/webhooks';
import type { PrivateAddresses } from './addresses';
import { Poster, type Answered } from './post';
import type { Sender } from './sender';
import { afterRound, BREAKS_AFTER, nextTry, retryAfter } from './schedule';
import { signedHeaders } from './signature';

/** What deliveries to all endpoints need. */
export interface CourierOptions {
  secrets: SecretBox;
  allowed: PrivateAddresses;
  /** delivers to WhatsApp */
  whatsapp: Sender;
  /** epoch milliseconds; absent: the machine's clock */
  now?: () => number;
  /** after it is aborted no round begins, and a round that runs has a few seconds to end */
  stopping?: AbortSignal;
}

/**
 * The result of a visit to an endpoint. `next` is the time of the next visit in epoch milliseconds; null:
 * when the workflow is woken.
 */
export interface Visited {
  next: number | null;
}

const AT_ONCE = 64;
const VISIT_MS = 30_000;
/** More deliveries often follow soon, so a visit stays for a while. */
const LINGER_MS = 2_000;
const LOOK_MS = 500;
/** Deliveries that run when the process stops get this long to end by themselves. */
const LAST_MS = 3_000;
const GONE = 410;

/** Delivers to endpoints. A visit is for one endpoint. */
export class Courier {
  private readonly poster: Poster;
  private readonly cut = new AbortController();
  private readonly now: () => number;

  constructor(
    private readonly pool: Pool,
    private readonly options: CourierOptions,
    private readonly logger?: Logger,
  ) {
    this.poster = new Poster(options.allowed);
    this.now = options.now ?? Date.now;
    options.stopping?.addEventListener('abort', () => {
      setTimeout(() => this.cut.abort(), LAST_MS).unref();
    });
  }

  /**
   * Delivers what is due for an endpoint, in rounds: each round posts the first delivery of each
   * conversation, many at the same time. It ends when nothing is due or after half a minute.
   * @throws what PostgreSQL answers; SecretsKeyMissingError, SecretUnreadableError
   */
  async visit(webhook: string): Promise<Visited> {
    const end = Date.now() + VISIT_MS;
    let busy = Date.now();
    let outcomes: Outcome[] = [];
    let health: Health | null = null;
    for (;;) {
      const now = this.now();
      const attended_until = now + 2 * VISIT_MS;
      const most = (recipient: Recipient) => this.mostFor(recipient, now);
      const round = await nextRound(this.pool, webhook, outcomes, health, { now, most, attended_until });
      if (!round) return { next: null };
      const { recipient, due, next } = round;
      [outcomes, health] = [[], null];
      const over = Date.now() > end || this.options.stopping?.aborted === true;
      if (due.length > 0 && !over) {
        ({ outcomes, health } = await this.deliver(recipient, due));
        busy = Date.now();
      } else if (over || recipient.state === 'paused' || Date.now() - busy > LINGER_MS) {
        const again = due.length > 0 ? now : next;
        await leave(this.pool, webhook, again, now);
        return { next: again };
      } else await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  /** Closes the connections that are kept open. */
  close(): void {
    this.poster.close();
    this.options.whatsapp.close();
  }

  private mostFor({ state, failures, held_until }: Recipient, now: number): number {
    if (state === 'paused' || (held_until ?? 0) > now) return 0;
    return failures >= BREAKS_AFTER ? 1 : AT_ONCE;
  }

  private async deliver(recipient: Recipient, due: Due[]): Promise<{ outcomes: Outcome[]; health: Health }> {
    if (recipient.kind === 'whatsapp') return this.deliverBy(this.options.whatsapp, recipient, due);
    const secrets = recipient.secrets
      .filter((secret) => isValid(secret, this.now()))
      .map(({ sealed }) => this.options.secrets.open(sealed, recipient.webhook));
    const tried = await Promise.all(due.map((d) => this.attempt(recipient, d, secrets)));
    const ended = tried.filter((t) => t !== null);
    const succeeded = ended.filter((t) => t.state === 'delivered').length;
    const paused = ended.some((t) => t.attempt.status === GONE);
    const round = { succeeded, failed: ended.length - succeeded };
    if (paused)
      this.logger?.warn({ webhook: recipient.webhook }, 'webhook paused: the receiver says it is gone');
    return { outcomes: ended, health: { ...afterRound(recipient.failures, round, this.now()), paused } };
  }

  private async deliverBy(
    sender: Sender,
    recipient: Recipient,
    due: Due[],
  ): Promise<{ outcomes: Outcome[]; health: Health }> {
    const sent = await Promise.all(
      due.map(async (d) => {
        const began = performance.now();
        const now = this.now();
        const result = await sender.send(recipient, d, now, this.cut.signal);
        return result && { nth: d.nth, now, milliseconds: Math.round(performance.now() - began), ...result };
      }),
    );
    const ended = sent.filter((s) => s !== null);
    for (const { state, milliseconds } of ended) counted(state, milliseconds);
    const outcomes = ended.map(({ nth, state, due_at, now, milliseconds, status, answer, error }) => {
      const attempt = { at: new Date(now).toISOString(), status, milliseconds, answer, error };
      return { nth, state, due_at, attempt };
    });
    const count = (is: string) => ended.filter((s) => s.recipient === is).length;
    const after = afterRound(
      recipient.failures,
      { succeeded: count('ok'), failed: count('failed') },
      this.now(),
    );
    const held_until = Math.max(after.held_until ?? 0, ...ended.map((s) => s.hold_until ?? 0)) || null;
    return { outcomes, health: { ...after, held_until, paused: false } };
  }

  /** @returns null if it was cut off: it is then tried again as if it had not been tried */
  private async attempt(recipient: Recipient, due: Due, secrets: string[]): Promise<Outcome | null> {
    const began = performance.now();
    const at = this.now();
    const id = deliveryId(recipient.webhook, due.nth);
    const headers = signedHeaders(id, due.body, secrets, at);
    const answered = await this.poster.post(recipient.url, due.body, headers, this.cut.signal);
    if (!answered) return null;
    const { status, answer, error } = answered;
    const milliseconds = Math.round(performance.now() - began);
    const attempt = { at: new Date(at).toISOString(), status, milliseconds, answer, error };
    const consequence = this.consequence(due, answered, at);
    counted(consequence.state, milliseconds);
    return { nth: due.nth, attempt, ...consequence };
  }

  private consequence(
    { tries, first_try_at }: Due,
    { status, retry_after }: Answered,
    at: number,
  ): Pick<Outcome, 'state' | 'due_at'> {
    if (status !== null && status >= 200 && status < 300) return { state: 'delivered', due_at: null };
    const now = this.now();
    const due_at = nextTry({
      tries: tries + 1,
      first_try_at: first_try_at ?? at,
      now,
      retry_after: retryAfter(retry_after, now),
      random: Math.random(),
    });
    return { state: due_at === null ? 'parked' : 'pending', due_at };
  }
}

function counted(state: Outcome['state'], milliseconds: number): void {
  attemptSeconds.observe(milliseconds / 1000);
  attempts.inc({ outcome: state === 'pending' ? 'failed' : state });
}
