/** An HTTP client for a service whose processes are killed. Unlike the typed client it sends every request again, after any 5xx. */
import { setTimeout as sleep } from 'node:timers/promises';
import { waitBefore } from '../../../clients/typescript/src/retry';
import { reason } from '../../../src/runtime/operator-error';

export interface Reply {
  status: number;
  body: unknown;
}

export interface RequestOptions {
  body?: unknown;
  headers?: Record<string, string>;
}

/** The service was away for longer than the client waits. */
class Away extends Error {
  override readonly name = 'Away';
}

const ANSWER_WITHIN_MS = 30_000;

export class Client {
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
      if (Date.now() - began > this.patience_ms) {
        throw new Away(
          `${this.url} did not answer ${method} ${path} for ${this.patience_ms / 1000} s (${why}): is the service running?`,
        );
      }
      await sleep(waitBefore(attempt + 1, 'status' in tried ? tried.retryAfter : null));
    }
  }

  private async attempt(
    method: string,
    path: string,
    { body, headers }: RequestOptions,
  ): Promise<(Reply & { retryAfter: string | null }) | { failed: string }> {
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
      const retryAfter = response.headers.get('retry-after');
      return { status: response.status, body: parsed(text), retryAfter };
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
