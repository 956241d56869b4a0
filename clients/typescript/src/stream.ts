import type { Change } from './changes.ts';
import { UnreachableError } from './errors.ts';
import { linesOf } from './lines.ts';
import { pause, waitBefore } from './retry.ts';

/** What an inbox's stream tells. At `reset` read the list: at the beginning, and where something may have been missed. */
export type Streamed =
  { id: string; change: Change; reset?: never } | { id: string; reset: true; change?: never };

export interface StreamOptions {
  /** only these types; absent: all */
  types?: Change['type'][];
  /** the `id` that was seen last; absent: from now on (what was decided in the moment before may come too), beginning with a `reset` */
  after?: string;
  /** ends the stream, without an error */
  signal?: AbortSignal;
  /** the service says something at least every 15 seconds; a stream that is silent for this long is opened again */
  silence_ms?: number;
}

/** Opens the stream after this id. @throws ProblemError, UnreachableError */
export type Open = (after: string | undefined, signal: AbortSignal) => Promise<ReadableStream<Uint8Array>>;

/**
 * Does not end by itself: where the connection is lost it is opened again, after the id that was seen last, so there is no gap and no
 * repeat. @throws ProblemError where the key is no longer allowed to; UnreachableError where the service stays away
 */
export async function* streamed(open: Open, options: StreamOptions): AsyncGenerator<Streamed> {
  const { signal, silence_ms = 45_000 } = options;
  const place = { last: options.after };
  for (let attempt = 1; !signal?.aborted; attempt += 1) {
    const silence = new Silence(silence_ms, signal);
    try {
      for await (const told of toldBy(
        linesOf(await open(place.last, silence.signal), silence.signal),
        place,
        silence,
      )) {
        attempt = 1;
        yield told;
      }
    } catch (error) {
      if (signal?.aborted) return;
      // what broke off after it had begun is opened again; what cannot be opened has been tried for long enough
      if (!silence.isOver && !(error instanceof UnreachableError && silence.wasHeard)) throw error;
    } finally {
      silence.stop();
    }
    await pause(waitBefore(attempt + 1, null), signal).catch(() => {});
  }
}

/** Tells the next one who opens the stream where to go on. */
interface Place {
  last: string | undefined;
}

async function* toldBy(
  lines: AsyncIterable<string>,
  place: Place,
  silence: Silence,
): AsyncGenerator<Streamed> {
  for await (const { id, type, data } of framesOf(lines, silence)) {
    const isFirst = place.last === undefined;
    place.last = id ?? place.last ?? '';
    if (type === 'reset' || isFirst) yield { id: place.last, reset: true };
    if (type !== 'reset' && data !== undefined) yield { id: place.last, change: JSON.parse(data) as Change };
  }
}

/** Ends a connection on which nothing was heard for too long. */
class Silence {
  wasHeard = false;
  isOver = false;
  private readonly end = new AbortController();
  private readonly stopped = () => this.end.abort();
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly ms: number,
    private readonly caller: AbortSignal | undefined,
  ) {
    caller?.addEventListener('abort', this.stopped);
    this.wait();
  }

  get signal(): AbortSignal {
    return this.end.signal;
  }

  hear(): void {
    this.wasHeard = true;
    this.wait();
  }

  stop(): void {
    clearTimeout(this.timer);
    this.caller?.removeEventListener('abort', this.stopped);
    this.end.abort();
  }

  private wait(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.isOver = true;
      this.end.abort();
    }, this.ms);
  }
}

interface Frame {
  type: string | undefined;
  id: string | undefined;
  data: string | undefined;
}

/**
 * Server-sent events. Also frames without data, which a browser does not show: their id says where to go on.
 */
async function* framesOf(lines: AsyncIterable<string>, silence: Silence): AsyncGenerator<Frame> {
  let frame: Frame = { type: undefined, id: undefined, data: undefined };
  for await (const line of lines) {
    silence.hear();
    if (line === '') {
      yield frame;
      frame = { type: undefined, id: undefined, data: undefined };
      continue;
    }
    const [, field, value = ''] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
    if (field === 'event') frame.type = value;
    else if (field === 'id') frame.id = value;
    else if (field === 'data') frame.data = frame.data === undefined ? value : `${frame.data}\n${value}`;
  }
}
