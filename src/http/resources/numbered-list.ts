import { z } from 'zod';
import { isKnown } from '../../db/conversations';
import type { AccountDatabase } from '../../db/database';
import { fromCursor, pageOf } from '../core/cursor';
import type { Reply } from '../core/operation';
import { unknownConversation } from './conversations';

interface Numbered<T> {
  read: (before: number | null, limit: number) => Promise<T[]>;
  numberOf: (item: T) => number;
  /** called when nothing is found: perhaps there is no such conversation */
  check: () => Promise<void>;
}

/** A page of a conversation's numbered entries, newest first. */
export async function newestFirst<T>(
  listing: string,
  { limit, cursor }: { limit: number; cursor?: string },
  { read, numberOf, check }: Numbered<T>,
): Promise<Reply> {
  const before = cursor === undefined ? null : fromCursor(listing, cursor, z.tuple([z.int32()]))[0];
  const found = await read(before, limit + 1);
  if (found.length === 0) await check();
  return { status: 200, body: pageOf(listing, found, limit, (last) => [numberOf(last)]) };
}

/** @throws NotFoundError */
export async function requireKnown(db: AccountDatabase, inbox: string, conversation: string): Promise<void> {
  if (!(await isKnown(db, inbox, conversation))) throw unknownConversation(inbox, conversation);
}
