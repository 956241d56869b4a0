import { isUtf8 } from 'node:buffer';
import type { Readable } from 'node:stream';
import type { Request } from 'express';
import { unpacked, unreadable } from './body';
import { allowTime } from './body-time';
import { BodyStoppedError, NotJsonError } from './problems';

/** The longest line, in bytes. */
const MOST_BYTES = 1_000_000;
/** A sender who sends nothing for this long is gone. */
const STALLED_MS = 60_000;
const NDJSON = /^application\/(?:x-ndjson|ndjson|jsonl|x-jsonlines|json)[\t ]*(?:;|$)/i;
const NEWLINE = 0x0a;

/** A line of a body, with its number from 1: its JSON, or what is wrong with it. */
export type Line = { line: number; bytes: number } & ({ value: unknown } | { wrong: string });

/**
 * The lines of a body of NDJSON, as they come: no more of it is held than the line that is being read. While nobody asks for the
 * next line, the sender has to wait. Empty lines are passed over.
 * @throws NotJsonError before the first line; InvalidRequestError if it cannot be unpacked, BodyStoppedError if nothing comes for a minute
 */
export function linesOf(request: Request): AsyncGenerator<Line> {
  if (!NDJSON.test(request.headers['content-type'] ?? ''))
    throw new NotJsonError('Send Content-Type: application/x-ndjson, in UTF-8');
  const body = unpacked(request);
  allowTime(request);
  return split(body);
}

async function* split(body: Readable): AsyncGenerator<Line> {
  let line = 1;
  let parts: Buffer[] = [];
  let bytes = 0;
  const end = () => {
    const whole = bytes > MOST_BYTES ? null : Buffer.concat(parts);
    const told = { line, bytes, ...parsed(whole) };
    [line, parts, bytes] = [line + 1, [], 0];
    return told;
  };
  for await (const chunk of unlessStalled(body)) {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
      parts.push(chunk.subarray(from, at));
      bytes += at - from;
      from = at + 1;
      if (isBlank(parts, bytes)) [line, parts, bytes] = [line + 1, [], 0];
      else yield end();
    }
    bytes += chunk.length - from;
    // of a line that is too long nothing is kept
    if (bytes > MOST_BYTES) parts = [];
    else parts.push(chunk.subarray(from));
  }
  if (!isBlank(parts, bytes)) yield end();
}

function parsed(whole: Buffer | null): { value: unknown } | { wrong: string } {
  if (whole === null) return { wrong: `must be at most ${MOST_BYTES / 1_000_000} MB` };
  if (!isUtf8(whole)) return { wrong: 'is not UTF-8' };
  try {
    return { value: JSON.parse(whole.toString()) as unknown };
  } catch {
    return { wrong: 'is not valid JSON' };
  }
}

function isBlank(parts: Buffer[], bytes: number): boolean {
  return bytes < 100 && Buffer.concat(parts).toString('latin1').trim() === '';
}

async function* unlessStalled(body: Readable): AsyncGenerator<Buffer> {
  const chunks = body[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  for (;;) {
    let timer: NodeJS.Timeout | undefined;
    const stalled = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new BodyStoppedError(STALLED_MS / 1_000)), STALLED_MS);
    });
    const next = chunks.next().catch(() => {
      throw unreadable();
    });
    next.catch(() => {}); // it may fail when nobody waits for it any more
    const chunk = await Promise.race([next, stalled]).finally(() => clearTimeout(timer));
    if (chunk.done) return;
    yield chunk.value;
  }
}
