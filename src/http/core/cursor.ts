import { createHash } from 'node:crypto';
import type { z } from 'zod';
import { InvalidRequestError, NotFoundError } from './problems';

const CHECK = 8;

/**
 * Where the next page begins, in an opaque form. A cursor is valid only for the listing it came from, and a
 * changed one is refused.
 * @param listing what is listed, such as `timeline/support/c_1`
 */
export function toCursor(listing: string, position: readonly (string | number)[]): string {
  const text = Buffer.from(JSON.stringify(position)).toString('base64url');
  return text + checkOf(listing, text);
}

/**
 * @param position what the listing's positions look like; nothing else is let through, whoever made it
 * @throws NotFoundError for what never was a cursor; InvalidRequestError for one of another listing, or one that was touched
 */
export function fromCursor<S extends z.ZodType>(listing: string, cursor: string, position: S): z.output<S> {
  const text = cursor.slice(0, -CHECK);
  const read = decoded(text);
  if (read === undefined) throw new NotFoundError('cursor: there is no such page; begin without it');
  const parsed = position.safeParse(cursor === text + checkOf(listing, text) ? read : undefined);
  if (parsed.success) return parsed.data;
  throw new InvalidRequestError([
    { path: 'cursor', message: 'is not one that this listing gave; begin without it' },
  ]);
}

function decoded(text: string): unknown {
  try {
    const read: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    return Array.isArray(read) ? read : undefined;
  } catch {
    return undefined;
  }
}

function checkOf(listing: string, text: string): string {
  return createHash('sha256').update(`${listing}\n${text}`).digest('base64url').slice(0, CHECK);
}
