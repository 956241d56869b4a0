import type { Status } from '../domain/conversation';
import { settingsSchema, type Settings } from '../domain/settings';
import type { AccountDatabase } from './database';
import { conditionsOf, keysOf, Values, type Filters } from './filters';
import { LONG_MS } from './pool';

/** The status of each of the conversations, in the order asked, and the settings they are under. */
export interface Statuses {
  settings: Settings;
  statuses: Status[];
}

/**
 * Whatever the number of ids, one statement that looks each up by its key, whatever PostgreSQL expects of the inbox; ids and statuses travel as one string each, for an array of ten thousand is slow
 * to write and to read on this side. What nobody has heard of is `not_contacted`.
 * @param conversations valid ids: none has a comma
 * @returns null for an unknown inbox
 */
export async function statusesOf(
  db: AccountDatabase,
  inbox: string,
  conversations: readonly string[],
): Promise<Statuses | null> {
  const [row] = await db.query<{ settings: unknown; statuses: string | null }>({
    text: `SELECT i.settings, (
             SELECT string_agg(coalesce(c.status, 'not_contacted'), ',' ORDER BY asked.nth)
             FROM unnest(string_to_array($3, ',')) WITH ORDINALITY AS asked(conversation, nth)
             LEFT JOIN LATERAL (
               SELECT c.status FROM conversations c
               WHERE c.account = $1 AND c.inbox = $2 AND c.conversation = asked.conversation LIMIT 1
             ) c ON true
           ) AS statuses
           FROM inboxes i WHERE i.account = $1 AND i.inbox = $2`,
    values: [db.account, inbox, conversations.join(',')],
    limitMs: LONG_MS,
  });
  if (!row) return null;
  const statuses = row.statuses === null ? [] : (row.statuses.split(',') as Status[]);
  return { settings: settingsSchema.parse(row.settings), statuses };
}

/**
 * The next of an inbox's conversations in these statuses, in order of their ids, as NDJSON lines made by the database: a
 * million of them pass through here as some strings.
 * @returns the lines and the last id in them, or null when there are no more
 */
export async function audiencePage(
  db: AccountDatabase,
  inbox: string,
  filters: Filters & { status: readonly Status[] },
  after: string,
  limit: number,
): Promise<{ lines: string; last: string } | null> {
  const values = new Values();
  const where = conditionsOf(filters, { account: db.account, inbox }, values);
  const [row] = await db.query<{ lines: string | null }>({
    text: `SELECT string_agg('{"conversation":"' || conversation || E'"}\\n', '') AS lines FROM (
             SELECT k.conversation FROM ${keysOf(filters)} k WHERE ${where} AND k.conversation > ${values.add(after)}
             ORDER BY k.conversation LIMIT ${values.add(limit)}
           ) page`,
    values: values.all,
    limitMs: LONG_MS,
  });
  const lines = row?.lines;
  return lines ? { lines, last: lines.slice(lines.lastIndexOf(':"') + 2, -3) } : null;
}
