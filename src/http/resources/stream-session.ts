import type { Response } from 'express';
import { z } from 'zod';
import type { Position, Told } from '../../db/stream';
import { fromCursor, toCursor } from '../core/cursor';

/** A reader with more than this unsent is disconnected. It connects again and resumes from its place. */
const MOST_WAITING_BYTES = 1_000_000;
/** After how long a reader should connect again, in milliseconds. */
const RETRY_MS = 1_000;
const STALLED_MS = 30_000;

const position = z.tuple([z.string().regex(/^[0-9a-f]{8}$/), z.string().regex(/^\d{1,20}$/), z.int().min(0)]);

export interface Place {
  generation: string;
  at: Position;
}

/** A place in a stream, in an opaque form. It is valid only for the stream that it came from. */
export function idOf(listing: string, { generation, at }: Place): string {
  return toCursor(listing, [generation, at.xid, at.id]);
}

/** @returns undefined if it is not a place of this stream */
export function placeOf(listing: string, id: string): Place | undefined {
  try {
    const [generation, xid, nth] = fromCursor(listing, id, position);
    return { generation, at: { xid, id: nth } };
  } catch {
    return undefined;
  }
}

/** One reader of an inbox's stream: server-sent events over a response that stays open. */
export class StreamSession {
  readonly listing: string;
  private over = false;

  constructor(
    private readonly response: Response,
    readonly account: string,
    readonly inbox: string,
    /** null: all */
    private readonly types: ReadonlySet<string> | null,
    private readonly stillAllowed: () => Promise<unknown>,
  ) {
    this.listing = `stream/${account}/${inbox}`;
    response.once('close', () => (this.over = true));
  }

  get isOver(): boolean {
    return this.over;
  }

  /** Sessions with the same text here get the same events. */
  get kind(): string {
    return `${this.inbox} ${this.types ? [...this.types].sort().join() : ''}`;
  }

  /** True while it has not taken all that it was sent. */
  get isBehind(): boolean {
    return !this.over && this.response.writableNeedDrain;
  }

  onOver(handler: () => void): void {
    this.response.once('close', handler);
  }

  /**
   * @param reset the place that it wanted to resume from cannot be read: the reader must load the list again
   */
  begin(id: string, reset: boolean): void {
    this.response.writeHead(200, {
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-store',
      'X-Accel-Buffering': 'no', // nginx would hold it back
    });
    this.write(`: welcome\nretry: ${RETRY_MS}\nid: ${id}\n\n`);
    if (reset) this.write(`event: reset\nid: ${id}\ndata: {"type":"reset"}\n\n`);
  }

  /** The part of a page that this session wants, as it is sent. */
  frames(told: readonly Told[], generation: string): string {
    const { types, listing } = this;
    return told
      .filter((t) => types === null || types.has(t.type))
      .map(
        (t) =>
          `event: ${t.type}\nid: ${idOf(listing, { generation, at: { xid: t.xid, id: t.id } })}\ndata: ${t.body}\n\n`,
      )
      .join('');
  }

  write(frames: string | Buffer): void {
    if (this.over || frames.length === 0) return;
    if (this.response.writableLength > MOST_WAITING_BYTES) this.response.destroy();
    else this.response.write(frames);
  }

  /** Resolves when it has taken what it was sent, or is disconnected. */
  async drained(): Promise<void> {
    const { response } = this;
    if (this.over || !response.writableNeedDrain) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => response.destroy(), STALLED_MS);
      const done = () => {
        clearTimeout(timer);
        response.off('drain', done).off('close', done);
        resolve();
      };
      response.on('drain', done).on('close', done);
    });
  }

  /** A browser remembers an id that comes without data, and reports no event for it. */
  beat(id: string): void {
    this.write(`:\nid: ${id}\n\n`);
  }

  async check(): Promise<void> {
    await this.stillAllowed().catch(() => this.end());
  }

  end(): void {
    if (!this.over) this.response.end();
    this.over = true;
  }
}
