import { createHash } from 'node:crypto';
import { InvalidRequest } from './problems';

const CHECK = 8;

/**
 * Where the next page begins, in a form that nobody builds on. It fits only the listing it came from, and one that was
 * touched is refused.
 * @param listing what is listed, such as `timeline/support/c_1`
 */
export function toCursor(listing: string, position: readonly (string | number)[]): string {
  const text = Buffer.from(JSON.stringify(position)).toString('base64url');
  return text + checkOf(listing, text);
}

/** @throws InvalidRequest */
export function fromCursor(listing: string, cursor: string): unknown {
  const text = cursor.slice(0, -CHECK);
  if (cursor !== text + checkOf(listing, text)) {
    throw new InvalidRequest([
      { path: 'cursor', message: 'is not one that this listing gave; begin without it' },
    ]);
  }
  return JSON.parse(Buffer.from(text, 'base64url').toString());
}

function checkOf(listing: string, text: string): string {
  return createHash('sha256').update(`${listing}\n${text}`).digest('base64url').slice(0, CHECK);
}
