import { z } from 'zod';
import { isKnown } from '../../db/conversations';
import type { AccountDatabase } from '../../db/database';
import { fromCursor, pageOf } from '../core/cursor';
import type { Call, Reply } from '../core/operation';
import type { pageQuery } from '../core/shapes';
import { unknownConversation } from './conversations';
import type { KnownAliases } from './known-aliases';

interface Numbered<T> {
  /** what the list is of */
  of: string;
  aliases: KnownAliases;
  /** newest first, those before `before` (null: from the last) */
  read: (
    db: AccountDatabase,
    inbox: string,
    conversation: string,
    before: number | null,
    limit: number,
  ) => Promise<T[]>;
  numberOf: (item: T) => number;
}

type Asked = Pick<
  Call<{ inbox: string; conversation: string }, z.output<typeof pageQuery>, unknown>,
  'db' | 'params' | 'query'
>;

/** A page of a conversation's numbered entries, newest first. @throws NotFoundError */
export async function newestFirst<T>(
  { db, params: { inbox, conversation }, query: { limit, cursor } }: Asked,
  { of, aliases, read, numberOf }: Numbered<T>,
): Promise<Reply> {
  const listing = `${of}/${inbox}/${conversation}`;
  const before = cursor === undefined ? null : fromCursor(listing, cursor, z.tuple([z.int32()]))[0];
  const key = { account: db.account, inbox, conversation };
  const found = await aliases.find(key, async ({ conversation }) => {
    const items = await read(db, inbox, conversation, before, limit + 1);
    return items.length > 0 || (await isKnown(db, inbox, conversation)) ? items : null;
  });
  if (!found) throw unknownConversation(inbox, conversation);
  return { status: 200, body: pageOf(listing, found, limit, (last) => [numberOf(last)]) };
}
