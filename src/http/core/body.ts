import type { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { Request } from 'express';
import getRawBody from 'raw-body';
import { InvalidRequestError, NotJsonError, TooLargeError } from './problems';

const decompress: Record<string, () => NodeJS.ReadWriteStream & Readable> = {
  gzip: createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

/**
 * The whole body, unpacked. Reading stops at the limit, or before it where the length is told; what is left is for the answer to take
 * (`endUnread`).
 * @param packed whether an encoding is taken
 * @throws TooLargeError, NotJsonError, InvalidRequestError
 */
export async function readBody(request: Request, limit: number, packed = true): Promise<Buffer> {
  if (request.destroyed) throw unreadable();
  if (Number(request.headers['content-length'] ?? 0) > limit) throw new TooLargeError(limit);
  const body = unpacked(request, packed);
  try {
    return await getRawBody(body, { limit });
  } catch (error) {
    if (error instanceof Error && 'type' in error && error.type === 'entity.too.large')
      throw new TooLargeError(limit);
    throw unreadable();
  } finally {
    if (body !== request) {
      request.unpipe();
      body.destroy();
      request.resume(); // what may follow after the end of what was packed
    }
  }
}

/** The body as its sender has it before it is packed. @throws NotJsonError for an encoding that is not known */
export function unpacked(request: Request, packed = true): Readable {
  const encoding = (request.headers['content-encoding'] ?? 'identity').toLowerCase();
  if (encoding === 'identity') return request;
  const make = packed ? decompress[encoding] : undefined;
  if (!make) throw new NotJsonError('This Content-Encoding is not known');
  const body = make();
  body.on('error', () => {}); // who reads it is told, and nobody may read it any more
  request.once('close', () => {
    if (!request.complete) body.destroy(new Error('the sender has gone')); // a pipe does not tell it
  });
  return request.pipe(body);
}

export function unreadable(): InvalidRequestError {
  return new InvalidRequestError([{ path: '', message: 'the body cannot be read to its end' }]);
}
