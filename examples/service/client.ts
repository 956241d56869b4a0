/** A client of the service's HTTP API. It sends again what may be sent again, with the same body. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { z } from 'zod';
import { reason } from '../../src/runtime/operator-error';
import { problem } from './answers';
import { waitBefore } from './retry';

export interface Reply {
  status: number;
  body: unknown;
  /** milliseconds from the request that was answered to its answer; without failed attempts */
  took_ms: number;
}

export interface RequestOptions {
  body?: unknown;
  headers?: Record<string, string>;
}

/** The service answered and refused for good. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  constructor(
    what: string,
    readonly reply: Reply,
  ) {
    super(`${what}: ${reply.status} ${inWords(reply.body)}`);
  }
}

/** The service was away for longer than the client waits. */
export class Away extends Error {
  override readonly name = 'Away';
}

const ANSWER_WITHIN_MS = 30_000;

export class Client {
  /** how often a request had to be sent again, by reason: `503`, `no connection` */
  readonly retries = new Map<string, number>();

  /** @param patience_ms how long to send one request again before the service counts as away */
  constructor(
    readonly url: string,
    private readonly key: string,
    private readonly patience_ms = 120_000,
  ) {}

  /**
   * The service's answer. After no connection, 429 or 5xx it sends the request again.
   * @throws Away
   */
  async request(method: string, path: string, options: RequestOptions = {}): Promise<Reply> {
    const began = Date.now();
    for (let attempt = 1; ; attempt += 1) {
      const tried = await this.attempt(method, path, options);
      if ('status' in tried && !isTemporary(tried.status)) return tried;
      const why = 'status' in tried ? String(tried.status) : tried.failed;
      this.retries.set(why, (this.retries.get(why) ?? 0) + 1);
      if (Date.now() - began > this.patience_ms) {
        throw new Away(
          `${this.url} did not answer ${method} ${path} for ${this.patience_ms / 1000} s (${why}): is the service running?`,
        );
      }
      await sleep(waitBefore(attempt + 1, 'status' in tried ? tried.retryAfter : null));
    }
  }

  /** The body of a 2xx answer. @throws Refusal, Away, ZodError when the answer has another shape */
  async ask<T extends z.ZodType>(
    schema: T,
    method: string,
    path: string,
    body?: unknown,
  ): Promise<z.infer<T>> {
    const reply = await this.request(method, path, { body });
    if (reply.status >= 300) throw new Refusal(`${method} ${path}`, reply);
    return schema.parse(reply.body);
  }

  private async attempt(
    method: string,
    path: string,
    { body, headers }: RequestOptions,
  ): Promise<(Reply & { retryAfter: string | null }) | { failed: string }> {
    const sent = performance.now();
    try {
      const response = await fetch(this.url + path, {
        method,
        headers: {
          authorization: `Bearer ${this.key}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        body: body === undefined ? undefined : JSON.stringify(body),
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      });
      const text = await response.text();
      const took_ms = performance.now() - sent;
      const retryAfter = response.headers.get('retry-after');
      return { status: response.status, body: parsed(text), took_ms, retryAfter };
    } catch (error) {
      return { failed: reason(error).includes('timeout') ? 'no answer in time' : 'no connection' };
    }
  }
}

function isTemporary(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function inWords(body: unknown): string {
  const told = problem.safeParse(body);
  if (!told.success) return JSON.stringify(body);
  return told.data.detail ? `${told.data.title}: ${told.data.detail}` : told.data.title;
}
