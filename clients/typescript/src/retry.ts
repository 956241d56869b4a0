import { reasonOf, UnreachableError } from './errors.ts';

export interface RetryOptions {
  /** stands in for the global one */
  fetch: typeof globalThis.fetch;
  /** for how long, in milliseconds, a request is sent again before the caller is told */
  patience_ms: number;
  /** how long an answer may take to begin, and a JSON answer to come whole */
  timeout_ms: number;
  /** told before a request is sent again: `503`, `429`, `no connection`, `no answer in time` */
  onRetry?: (why: string, wait_ms: number) => void;
}

/** `why` it is to be tried again; null: it is not. */
type Tried = { response: Response; why: string | null } | { response?: never; failed: unknown; why: string };

const FIRST_MS = 100;
const LONGEST_MS = 3_000;

/**
 * A fetch that sends again what may be sent again, with the same body and so with the same event ids: after 429 and 503, when
 * the service says so; and, where doing it twice is the same as once, after no answer.
 * @throws UnreachableError
 */
export function retrying(options: RetryOptions): (request: Request) => Promise<Response> {
  return async (request) => {
    const began = Date.now();
    for (let attempt = 1; ; attempt += 1) {
      const tried = await attemptOf(request, options);
      const { response, why } = tried;
      if (response && why === null) return response;
      const wait_ms = waitBefore(attempt + 1, response?.headers.get('retry-after') ?? null);
      if (Date.now() + wait_ms - began > options.patience_ms || !mayRepeat(request, tried)) {
        if (tried.response) return tried.response;
        throw unreachable(request, tried.why, tried.failed);
      }
      options.onRetry?.(why ?? '', wait_ms);
      await pause(wait_ms, request.signal);
    }
  };
}

function unreachable({ url, method }: Request, why: string, cause: unknown): UnreachableError {
  const { origin, pathname } = new URL(url);
  const reason = why === 'no connection' ? `${why}: ${reasonOf(cause)}` : why;
  return new UnreachableError(
    `${origin} did not answer ${method} ${pathname} (${reason}): is the service running?`,
    {
      cause,
    },
  );
}

/** @throws the caller's own reason, where the caller gives up */
async function attemptOf(request: Request, { fetch, timeout_ms }: RetryOptions): Promise<Tried> {
  const end = new AbortController();
  const giveUp = () => end.abort();
  const state = { isLate: false };
  const timer = setTimeout(() => {
    state.isLate = true;
    end.abort();
  }, timeout_ms);
  request.signal.addEventListener('abort', giveUp);
  try {
    const response = await fetch(request.clone(), { signal: end.signal });
    return { response: isJson(response) ? await whole(response) : response, why: whyAgain(response) };
  } catch (failed) {
    request.signal.throwIfAborted();
    return { failed, why: state.isLate ? 'no answer in time' : 'no connection' };
  } finally {
    clearTimeout(timer);
    request.signal.removeEventListener('abort', giveUp);
  }
}

const typeOf = (response: Response) => response.headers.get('content-type') ?? '';
const isJson = (response: Response) => response.status !== 204 && /json\b/.test(typeOf(response)) && !/ndjson/.test(typeOf(response)); // prettier-ignore

/** Read to its end, so that an answer that breaks off is asked for again. */
async function whole(response: Response): Promise<Response> {
  const { status, statusText, headers } = response;
  return new Response(await response.arrayBuffer(), { status, statusText, headers });
}

/** Any other 5xx of the service is final; that of a proxy before it, which does not speak as the service does, is not. */
function whyAgain(response: Response): string | null {
  const { status } = response;
  const ofProxy = [408, 502, 504].includes(status) && !typeOf(response).includes('problem+json');
  return status === 429 || status === 503 || ofProxy ? String(status) : null;
}

/** Posts that may be done twice: an event has its id, a question changes nothing. Others make something new each time. */
const HARMLESS = /\/(events|contacts|eligibility|what_if|import)$/;

function mayRepeat({ method, url }: Request, tried: Tried): boolean {
  if (/^(429|503)$/.test(tried.why ?? '')) return true; // it was not done
  if (method !== 'POST' || HARMLESS.test(new URL(url).pathname)) return true;
  return !tried.response && wasNeverSent(tried.failed);
}

function wasNeverSent(error: unknown): boolean {
  const cause = error instanceof Error ? (error.cause as { code?: unknown } | undefined) : undefined;
  return cause?.code === 'ECONNREFUSED';
}

/**
 * Milliseconds to wait before this attempt (2 is the first retry): longer each time, different for each
 * client, and never less than the service asked for.
 *
 * @param retryAfter the header's value: seconds, or an HTTP date; null if there was none
 * @param share in [0, 1); the place of the wait in its range
 */
export function waitBefore(
  attempt: number,
  retryAfter: string | null,
  share = Math.random(),
  now = Date.now(),
): number {
  const range = Math.min(LONGEST_MS, FIRST_MS * 2 ** (attempt - 2));
  return Math.max(asked(retryAfter, now), range * (0.5 + share / 2));
}

function asked(retryAfter: string | null, now: number): number {
  if (retryAfter === null) return 0;
  if (/^\s*\d+\s*$/.test(retryAfter)) return Number(retryAfter) * 1000;
  const at = Date.parse(retryAfter);
  return Number.isNaN(at) ? 0 : Math.max(0, at - now);
}

/** @throws the signal's reason, as soon as it is aborted */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  await new Promise<void>((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done);
  });
  signal?.throwIfAborted();
}
