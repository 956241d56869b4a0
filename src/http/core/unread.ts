import type { Request, Response } from 'express';

/** More of it is not taken. */
const MOST_BYTES = 16_000_000;
/** A sender who sends nothing for this long has stopped. */
const SILENT_MS = 1_000;
/** Nor is more taken after this long, however it comes. */
const LONGEST_MS = 20_000;

export function hasBody({ headers }: Request): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** Whether some of the body is still to come. Node marks a request without a body as complete only after its handler has begun. */
export function isUnread(request: Request): boolean {
  return hasBody(request) && !request.complete;
}

/**
 * Sends the answer to a request whose body was not read to its end, and ends the connection. Many clients read the answer only after
 * all is sent, and lose it if the connection breaks meanwhile; so the rest is taken and thrown away, up to limits of bytes and time.
 * @param text the answer's body; its head must be written, with `Content-Length` and `Connection: close`
 */
export function endUnread(response: Response, text: string): void {
  const { req: request } = response;
  let bytes = 0;
  const end = () => {
    clearTimeout(silence);
    clearTimeout(longest);
    request.off('data', take).off('end', end).off('close', end).pause();
    response.end();
  };
  const take = (chunk: Buffer) => {
    bytes += chunk.length;
    silence.refresh();
    if (bytes > MOST_BYTES) end();
  };
  const silence = setTimeout(end, SILENT_MS);
  const longest = setTimeout(end, LONGEST_MS);
  response.write(text);
  request.on('data', take).on('end', end).on('close', end).resume();
}
