import { once } from 'node:events';
import type { Response } from 'express';

/** A reader who takes nothing for this long is gone. */
const STALLED_MS = 60_000;

/** An answer of NDJSON that is written as it is made. It begins with the first line, so that until then it can be a problem. */
export class LineWriter {
  private readonly gone = new AbortController();

  constructor(private readonly response: Response) {
    response.once('close', () => this.gone.abort());
  }

  /** Waits while the reader is slow. @throws if the reader is gone */
  async write(lines: string, encoding: BufferEncoding = 'utf8'): Promise<void> {
    const { response, gone } = this;
    this.begin();
    gone.signal.throwIfAborted();
    if (response.write(lines, encoding)) return;
    await once(response, 'drain', {
      signal: AbortSignal.any([gone.signal, AbortSignal.timeout(STALLED_MS)]),
    });
  }

  begin(): void {
    if (this.response.headersSent) return;
    this.response.writeHead(200, { 'Content-Type': 'application/x-ndjson', 'Cache-Control': 'no-store' });
  }

  end(): void {
    this.begin();
    this.response.end();
  }
}

/**
 * Answers with the pieces that `read` gives: it reads one piece ahead while the last one is sent, never more. So a slow reader
 * delays no other and costs no memory. A failure after the first piece breaks the connection, so that no reader takes a part for
 * all.
 */
export async function sendPieces<P extends { lines: string; last: string }>(
  response: Response,
  read: (after: string) => Promise<P | null>,
  encoding: BufferEncoding = 'utf8',
): Promise<void> {
  const writer = new LineWriter(response);
  let piece = await read('');
  writer.begin();
  try {
    while (piece) {
      const next = read(piece.last);
      next.catch(() => {});
      await writer.write(piece.lines, encoding);
      piece = await next;
    }
    writer.end();
  } catch {
    response.destroy();
  }
}
