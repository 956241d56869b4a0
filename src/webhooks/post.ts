import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { checkLiteral, guardedLookup, type PrivateAddresses } from './addresses';

/** What a receiver answered. `status` is null if the answer was not HTTP; then `error` says what happened. */
export interface Answered {
  status: number | null;
  answer: string | null;
  error: string | null;
  retry_after?: string;
}

const LIMIT_MS = 15_000;
/** How long a receiver that has sent its status gets for the rest of its answer. */
const BODY_LIMIT_MS = 1_000;
const KEPT_BYTES = 1_024;
const MOST_SOCKETS = 256;

/** Posts to receivers over connections that are kept open. It does not follow redirects. */
export class Poster {
  private readonly agents;
  private readonly lookup;

  constructor(private readonly allowed: PrivateAddresses) {
    const options = { keepAlive: true, maxSockets: MOST_SOCKETS, timeout: 60_000 };
    this.agents = { 'http:': new HttpAgent(options), 'https:': new HttpsAgent(options) };
    this.lookup = guardedLookup(allowed);
  }

  /**
   * Never rejects.
   * @param signal aborts the post; the receiver may have got it or not
   * @returns null if it was aborted
   */
  async post(url: string, body: string, headers: object, signal: AbortSignal): Promise<Answered | null> {
    try {
      checkLiteral(new URL(url), this.allowed);
      return await this.exchange(new URL(url), body, headers, signal, true);
    } catch (error) {
      return signal.aborted ? null : { status: null, answer: null, error: explained(error) };
    }
  }

  close(): void {
    for (const agent of Object.values(this.agents)) agent.destroy();
  }

  private async exchange(
    url: URL,
    body: string,
    headers: object,
    signal: AbortSignal,
    mayRepeat: boolean,
  ): Promise<Answered> {
    const tls = url.protocol === 'https:';
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), LIMIT_MS);
    const request = (tls ? httpsRequest : httpRequest)(url, {
      method: 'POST',
      agent: this.agents[tls ? 'https:' : 'http:'],
      lookup: this.lookup,
      signal: AbortSignal.any([signal, limit.signal]),
      headers: { ...headers, 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) },
    });
    try {
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        request.on('response', resolve).on('error', reject).end(body);
      });
      return {
        status: response.statusCode ?? null,
        answer: await beginningOf(response),
        error: null,
        retry_after: response.headers['retry-after'],
      };
    } catch (error) {
      if (limit.signal.aborted) throw new Error(`no answer within ${LIMIT_MS / 1_000} s`, { cause: error });
      // A receiver may close a kept connection just when it is used again.
      if (mayRepeat && request.reusedSocket && codeOf(error) === 'ECONNRESET' && !signal.aborted)
        return await this.exchange(url, body, headers, signal, false);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Reads the first kilobyte and does not wait for more. */
async function beginningOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const timer = setTimeout(() => response.destroy(), BODY_LIMIT_MS);
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > KEPT_BYTES) break;
    }
  } catch {
    // the status has arrived, and only the status counts
  } finally {
    clearTimeout(timer);
  }
  return Buffer.concat(chunks).subarray(0, KEPT_BYTES).toString().replaceAll('\0', '\ufffd');
}

function explained(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return explained(error.errors[0]);
  const message = error instanceof Error ? error.message : String(error);
  return message.slice(0, 200).replaceAll('\0', '');
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
