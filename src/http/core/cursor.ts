import { createHash } from 'node:crypto';
import type { z } from 'zod';
import { InvalidRequestError, NotFoundError } from './problems';

const CHECK = 6;

/**
 * Where the next page begins, in an opaque form. It carries two checks: that it is a cursor at all, and of which listing.
 * @param listing what is listed, such as `timeline/support/c_1`
 */
export function toCursor(listing: string, position: readonly (string | number)[]): string {
  const text = Buffer.from(JSON.stringify(position)).toString('base64url');
  return text + checkOf('', text) + checkOf(listing, text);
}

/**
 * @param position the shape of the listing's positions; anything else is refused
 * @throws NotFoundError for what never was a cursor, or was changed; InvalidRequestError for one of another
 * listing
 */
export function fromCursor<S extends z.ZodType>(listing: string, cursor: string, position: S): z.output<S> {
  const text = cursor.slice(0, -2 * CHECK);
  if (!cursor.startsWith(text + checkOf('', text)))
    throw new NotFoundError('cursor: there is no such page; begin without it');
  const isOfListing = cursor.endsWith(checkOf(listing, text));
  const parsed = position.safeParse(isOfListing ? decoded(text) : undefined);
  if (parsed.success) return parsed.data;
  throw new InvalidRequestError([
    { path: 'cursor', message: 'is not one that this listing gave; begin without it' },
  ]);
}

/**
 * A page, and the cursor of the next one.
 * @param found the items of the page, and one more if there is a next page
 * @param positionOf where the next page begins: after this item
 */
export function pageOf<T>(
  listing: string,
  found: readonly T[],
  limit: number,
  positionOf: (last: T) => readonly (string | number)[],
): { items: T[]; next_cursor: string | null } {
  const items = found.slice(0, limit);
  const last = found.length > limit ? items.at(-1) : undefined;
  return { items, next_cursor: last === undefined ? null : toCursor(listing, positionOf(last)) };
}

function decoded(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch {
    return undefined;
  }
}

function checkOf(listing: string, text: string): string {
  return createHash('sha256').update(`${listing}\n${text}`).digest('base64url').slice(0, CHECK);
}
