import type { AccountDatabase } from './database';
import { LONG_MS } from './pool';

/**
 * Makes a `not_contacted` conversation of every id that is not known yet. Always in the same order, so that
 * two calls with the same ids never end in a deadlock.
 * @returns how many were made
 */
export async function addContacts(
  db: AccountDatabase,
  inbox: string,
  conversations: readonly string[],
): Promise<number> {
  const distinct = [...new Set(conversations)].sort();
  const [row] = await db.query<{ created: number }>({
    text: `WITH made AS (
             INSERT INTO conversations (account, inbox, conversation, status)
             SELECT $1, $2, conversation, 'not_contacted' FROM unnest(string_to_array($3, ',')) AS conversation
             ON CONFLICT DO NOTHING RETURNING 1
           )
           SELECT count(*)::int AS created FROM made`,
    values: [db.account, inbox, distinct.join(',')],
    limitMs: LONG_MS,
  });
  return row?.created ?? 0;
}
