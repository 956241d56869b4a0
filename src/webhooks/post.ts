import type { IncomingHttpHeaders } from 'node:http';
import { Agent, errors, type Dispatcher } from 'undici';
import { checkLiteral, guardedLookup, type PrivateAddresses } from './addresses';

/** What a receiver answered. `status` is null if the answer was not HTTP; then `error` says what happened. */
export interface Answered {
  status: number | null;
  /** the first kilobyte */
  answer: string | null;
  error: string | null;
  retry_after?: string;
}

const LIMIT_MS = 15_000;
/** How long a receiver that has sent its status gets for the rest of its answer. */
const BODY_LIMIT_MS = 1_000;
const KEPT_BYTES = 1_024;
/** A longer answer is cut off, with its connection. */
const READ_BYTES = 65_536;
const MOST_SOCKETS = 256;
const IDLE_MS = 30_000;

/** Posts to receivers over connections that are kept open. It does not follow redirects. */
export class Poster {
  private readonly agent: Agent;
  private readonly running = new Set<Post>();

  /** @param cut aborts the posts that run: the receivers may have got them or not */
  constructor(
    private readonly allowed: PrivateAddresses,
    private readonly cut: AbortSignal,
  ) {
    this.agent = new Agent({
      ...{ connections: MOST_SOCKETS, keepAliveTimeout: IDLE_MS, headersTimeout: 0, bodyTimeout: 0 },
      connect: { lookup: guardedLookup(allowed), timeout: LIMIT_MS },
    });
    cut.addEventListener('abort', () => this.running.forEach((post) => post.settle(null)));
  }

  /**
   * Never rejects.
   * @returns null if it was cut off
   */
  async post(url: string, body: string, headers: Record<string, string>): Promise<Answered | null> {
    if (this.cut.aborted) return null;
    try {
      const to = new URL(url);
      checkLiteral(to, this.allowed);
      return await new Promise((resolve) => {
        const post = new Post(
          this.agent,
          {
            ...{ origin: to.origin, path: to.pathname + to.search, method: 'POST', body },
            headers: { ...headers, 'content-type': 'application/json' },
          },
          (answered) => {
            this.running.delete(post);
            resolve(answered);
          },
        );
        this.running.add(post);
        post.begin();
      });
    } catch (error) {
      return failed(error);
    }
  }

  close(): void {
    void this.agent.destroy();
  }
}

/** One post. It is settled once, when the answer is known, and its connection is free when that was read. */
class Post implements Dispatcher.DispatchHandler {
  private controller: Dispatcher.DispatchController | null = null;
  private timer = setTimeout(() => this.settle(failed(new NoAnswerError())), LIMIT_MS);
  private status: number | null = null;
  private retryAfter: string | undefined;
  private readonly chunks: Buffer[] = [];
  private bytes = 0;
  private isOver = false;
  private isRepeated = false;

  constructor(
    private readonly agent: Agent,
    private readonly request: Dispatcher.DispatchOptions,
    private readonly done: (answered: Answered | null) => void,
  ) {}

  begin(): void {
    this.agent.dispatch(this.request, this);
  }

  /** Ends it, whatever may still come. */
  settle(answered: Answered | null): void {
    this.end(answered);
    this.controller?.abort(new OverError());
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.isOver) controller.abort(new OverError());
  }

  onResponseStart(_: unknown, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200) return;
    this.status = status;
    this.retryAfter = headers['retry-after'];
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.settle(this.answered()), BODY_LIMIT_MS);
  }

  onResponseData(_: unknown, chunk: Buffer): void {
    if (this.bytes < KEPT_BYTES) this.chunks.push(chunk);
    this.bytes += chunk.length;
    if (this.bytes >= READ_BYTES) this.settle(this.answered());
    else if (this.bytes >= KEPT_BYTES) this.answer(this.answered());
  }

  onResponseEnd(): void {
    this.end(this.answered());
  }

  onResponseError(_: unknown, error: Error): void {
    // Only the status counts.
    if (this.status !== null) return this.end(this.answered());
    // A receiver may close a kept connection just when it is used again.
    if (!this.isOver && !this.isRepeated && wasKept(error)) {
      this.isRepeated = true;
      return this.begin();
    }
    this.end(failed(error));
  }

  private end(answered: Answered | null): void {
    clearTimeout(this.timer);
    this.answer(answered);
  }

  private answer(answered: Answered | null): void {
    if (!this.isOver) this.done(answered);
    this.isOver = true;
  }

  private answered(): Answered {
    const beginning = Buffer.concat(this.chunks).subarray(0, KEPT_BYTES).toString();
    const answer = beginning.replaceAll('\0', '\ufffd');
    return { status: this.status, answer, error: null, retry_after: this.retryAfter };
  }
}

class OverError extends Error {
  override readonly name = 'OverError';
}

class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';

  constructor() {
    super(`no answer within ${LIMIT_MS / 1_000} s`);
  }
}

/** Whether it broke a connection that had brought an answer before. */
function wasKept(error: Error): boolean {
  if (error instanceof errors.SocketError) return (error.socket?.bytesRead ?? 0) > 0;
  return 'code' in error && error.code === 'ECONNRESET';
}

function failed(error: unknown): Answered {
  return { status: null, answer: null, error: explained(error) };
}

function explained(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return explained(error.errors[0]);
  const message = error instanceof Error ? error.message : String(error);
  return message.slice(0, 200).replaceAll('\0', '');
}
