import createClient from 'openapi-fetch';
import { ProblemError, UnreachableError } from './errors.ts';
import { importedBy, type Bytes, type ImportedPart, type ImportQuery } from './import.ts';
import { valuesOf } from './lines.ts';
import type { Ask, BodyOf, PathOf, Raw } from './methods.ts';
import { outcomeOf, type Outcome } from './outcome.ts';
import { pause, retrying, waitBefore, type RetryOptions } from './retry.ts';
import type { AudienceLine, Event, ImportResult, operations, Problem, WhatIfLine } from './schema.ts';
import { streamed, type Streamed, type StreamOptions } from './stream.ts';

export interface ClientOptions extends Partial<RetryOptions> {
  /** where the API is: `http://127.0.0.1:3000` */
  url: string;
  key: string;
}

export interface SendOptions {
  /**
   * Seconds to wait for the decision, at most 10; `0`: do not wait. Absent: as the type of event has it (`message`, `agent_reply` and
   * `automatic_message` do not wait).
   */
  wait?: number;
  signal?: AbortSignal;
}

export type WhatIfQuestion = operations['ask_what_if']['requestBody']['content']['application/json'];
export type AudienceQuery = NonNullable<operations['stream_audience']['parameters']['query']>;

type Page = { items: unknown[]; next_cursor: string | null };
type PagedPath = { [P in PathOf<'get'>]: BodyOf<'get', P> extends Page ? P : never }[PathOf<'get'>];
type ItemOf<P extends PagedPath> = BodyOf<'get', P> extends { items: (infer T)[] } ? T : never;

/** The most events of one request. */
const BATCH = 1_000;

/** A client of the service's HTTP API. What may be sent again is sent again, with the same event ids. */
export class Client {
  readonly url: string;
  private readonly raw: Raw;
  private readonly patience_ms: number;

  constructor({ url, key, ...options }: ClientOptions) {
    this.url = url.replace(/\/+$/, '');
    this.patience_ms = options.patience_ms ?? 30_000;
    this.raw = createClient({
      baseUrl: this.url,
      headers: { Authorization: `Bearer ${key}` },
      querySerializer: { array: { style: 'form', explode: false } },
      fetch: retrying({
        fetch: options.fetch ?? globalThis.fetch.bind(globalThis),
        patience_ms: this.patience_ms,
        timeout_ms: options.timeout_ms ?? 30_000,
        onRetry: options.onRetry,
      }),
    });
  }

  readonly GET: Ask<'get'> = (path, ...init) => this.ask('GET', path, init);
  readonly PUT: Ask<'put'> = (path, ...init) => this.ask('PUT', path, init);
  readonly POST: Ask<'post'> = (path, ...init) => this.ask('POST', path, init);
  readonly PATCH: Ask<'patch'> = (path, ...init) => this.ask('PATCH', path, init);
  readonly DELETE: Ask<'delete'> = (path, ...init) => this.ask('DELETE', path, init);

  /**
   * One event of a conversation. Without an `id` of its own it gets a random one; give it yours, and you may send it again at any
   * later time.
   * @throws ProblemError where it was not taken, UnreachableError
   */
  async send(inbox: string, conversation: string, event: Event, options: SendOptions = {}): Promise<Outcome> {
    const body = identified(event);
    const path = '/v1/inboxes/{inbox}/conversations/{conversation}/events';
    const params = { path: { inbox, conversation }, header: preferring(options.wait) };
    const answer = await this.raw.POST(path, { params, body, signal: options.signal });
    const { response, data, error } = answer;
    return outcomeOf(body.id, `POST ${path}`, response.status, data ?? problemOf(response, error));
  }

  /**
   * Many events, those of one conversation in the order given. Those that the service could not take are sent again.
   * @returns of each, in the order given, what came of it, or why it was not taken
   */
  async sendAll(
    inbox: string,
    entries: readonly { conversation: string; event: Event }[],
    options: SendOptions = {},
  ): Promise<(Outcome | ProblemError)[]> {
    const sent = entries.map(({ conversation, event }) => ({ conversation, event: identified(event) }));
    const outcomes: (Outcome | ProblemError)[] = [];
    for (let from = 0; from < sent.length; from += BATCH) {
      outcomes.push(...(await this.batch(inbox, sent.slice(from, from + BATCH), options)));
    }
    return outcomes;
  }

  /** All items of a list, page by page as they are asked for. */
  async *items<P extends PagedPath>(
    path: P,
    init: { params: { path?: object; query?: object }; signal?: AbortSignal },
  ): AsyncGenerator<ItemOf<P>> {
    let cursor: string | undefined;
    do {
      const query = { limit: 200, ...init.params.query, cursor };
      const page = await this.ask<Page>('GET', path, [{ ...init, params: { ...init.params, query } }]);
      yield* page.items as ItemOf<P>[];
      cursor = page.next_cursor ?? undefined;
    } while (cursor !== undefined);
  }

  /**
   * Every conversation of the inbox that a broadcast may reach. @throws UnreachableError where it breaks off: then it was not all,
   * and is to be read again
   */
  async *audience(
    inbox: string,
    query: AudienceQuery = {},
    signal?: AbortSignal,
  ): AsyncGenerator<AudienceLine> {
    const params = { path: { inbox }, query };
    const path = '/v1/inboxes/{inbox}/broadcasts/audience';
    yield* valuesOf<AudienceLine>(await this.open(path, { params, signal }), signal);
  }

  /**
   * Conversations from elsewhere, as NDJSON of any length: a file's bytes, `createReadStream(file)`. Stopped anywhere, give it all of
   * it again: each conversation is imported once. @throws UnreachableError where it breaks off
   */
  import(
    inbox: string,
    bytes: Bytes,
    query: ImportQuery = {},
    signal?: AbortSignal,
  ): AsyncGenerator<ImportedPart> {
    const params = { path: { inbox }, query };
    const headers = { 'Content-Type': 'application/x-ndjson' };
    const send = async (body: Uint8Array) => {
      const init = { params, headers, body, bodySerializer: (same: Uint8Array) => same, signal };
      return valuesOf<ImportResult>(await this.open('/v1/inboxes/{inbox}/import', init, 'POST'), signal);
    };
    return importedBy(send, bytes);
  }

  /**
   * What other settings would have decided of the inbox's past, or would change now: progress, examples, and at the end a summary.
   * @throws UnreachableError where it breaks off: then it was not all
   */
  async *whatIf(inbox: string, body: WhatIfQuestion, signal?: AbortSignal): AsyncGenerator<WhatIfLine> {
    const init = { params: { path: { inbox } }, body, signal };
    yield* valuesOf<WhatIfLine>(await this.open('/v1/inboxes/{inbox}/what_if', init, 'POST'), signal);
  }

  /** What is decided in the inbox, as it is decided, without a gap or a repeat. */
  stream(inbox: string, options: StreamOptions = {}): AsyncGenerator<Streamed> {
    const open = (after: string | undefined, signal: AbortSignal) => {
      const query = { types: options.types, after };
      return this.open('/v1/inboxes/{inbox}/stream', { params: { path: { inbox }, query }, signal });
    };
    return streamed(open, options);
  }

  private async batch(
    inbox: string,
    entries: { conversation: string; event: Event & { id: string } }[],
    { wait, signal }: SendOptions,
  ): Promise<(Outcome | ProblemError)[]> {
    const params = { path: { inbox }, header: preferring(wait) };
    const outcomes = new Map<number, Outcome | ProblemError>();
    let left = entries.map((entry, i) => ({ entry, i }));
    const began = Date.now();
    for (let attempt = 1; ; attempt += 1) {
      const body = left.map(({ entry }) => entry);
      const results = await this.POST('/v1/inboxes/{inbox}/events', { params, body, signal });
      for (const [n, { entry, i }] of left.entries()) outcomes.set(i, told(entry.event.id, results[n]));
      left = left.filter(({ i }) => isForNow(outcomes.get(i)));
      const wait_ms = waitBefore(attempt + 1, null);
      if (left.length === 0 || Date.now() + wait_ms - began > this.patience_ms) break;
      await pause(wait_ms, signal);
    }
    return entries.map((_, i) => outcomes.get(i) as Outcome | ProblemError);
  }

  private async ask<T>(
    method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    init: unknown[],
  ): Promise<T> {
    type Call = (
      path: string,
      ...init: unknown[]
    ) => Promise<{ data?: unknown; error?: unknown; response: Response }>;
    const call = this.raw[method] as unknown as Call;
    const { data, error, response } = await call(path, ...init).catch((cause: unknown) => {
      if ((cause as Error).name !== 'SyntaxError') throw cause;
      throw new UnreachableError(`What answers at ${this.url} is not the service: it speaks no JSON`, {
        cause,
      });
    });
    if (response.ok) return data as T;
    throw new ProblemError(`${method} ${path}`, problemOf(response, error));
  }

  private async open(
    path: PathOf<'get'> | PathOf<'post'>,
    init: object,
    method: 'GET' | 'POST' = 'GET',
  ): Promise<ReadableStream<Uint8Array>> {
    const body = await this.ask<ReadableStream<Uint8Array> | null>(method, path, [
      { ...init, parseAs: 'stream' },
    ]);
    if (body === null) throw new UnreachableError(`${method} ${path}: the answer is empty`);
    return body;
  }
}

function identified(event: Event): Event & { id: string } {
  return { ...event, id: event.id ?? globalThis.crypto.randomUUID() };
}

function preferring(wait: number | undefined): { Prefer?: string } {
  if (wait === undefined) return {};
  return { Prefer: wait === 0 ? 'respond-async' : `wait=${wait}` };
}

function problemOf(response: Response, error: unknown): Problem {
  const told = typeof error === 'object' && error !== null ? (error as Problem) : undefined;
  return {
    ...(told ?? { type: 'about:blank', title: response.statusText, instance: '' }),
    status: response.status,
  };
}

function told(
  event: string,
  result: BodyOf<'post', '/v1/inboxes/{inbox}/events'>[number] | undefined,
): Outcome | ProblemError {
  if (!result) return new ProblemError('A batch', { status: 500, title: 'The service left it unanswered' });
  try {
    return outcomeOf(event, `The event ${event}`, result.status, result.body);
  } catch (error) {
    return error as ProblemError;
  }
}

const isForNow = (outcome: Outcome | ProblemError | undefined) =>
  outcome instanceof ProblemError && [429, 503].includes(outcome.status);
