import type { Status } from '../domain/conversation';
import type { Reach } from '../domain/broadcasts';
import { settingsSchema, type Settings } from '../domain/settings';
import type { AccountDatabase } from './database';
import { conditionsOf, keysOf, Values, WINDOW_OPEN, type Filters } from './filters';
import { LONG_MS } from './pool';

/**
 * What a broadcast must know about each of these conversations, in the order asked, and their inbox's
 * settings.
 */
export interface Reaches {
  settings: Settings;
  reaches: KnownReach[];
}

type KnownReach = Reach & { window_open: boolean };

/**
 * Whatever the number of ids, one statement that looks each up by its key, whatever PostgreSQL expects of the inbox; ids and what
 * is known of them travel as one string each, for an array of ten thousand is slow to write and to read on this side. What nobody
 * has heard of is `not_contacted`.
 * @param conversations valid ids: none has a comma
 * @returns null for an unknown inbox
 */
export async function reachesOf(
  db: AccountDatabase,
  inbox: string,
  conversations: readonly string[],
): Promise<Reaches | null> {
  const [row] = await db.query<{ settings: unknown; reaches: string | null }>({
    text: `SELECT i.settings, (
             SELECT string_agg(
               concat(c.status, '/', c.blocked::int, c.opted_out::int, c.window_open::int), ',' ORDER BY asked.nth)
             FROM unnest(string_to_array($3, ',')) WITH ORDINALITY AS asked(conversation, nth)
             LEFT JOIN LATERAL (
               SELECT c.status, c.blocked, c.opted_out, c.window_closes_at > now() AS window_open FROM conversations c
               WHERE c.account = $1 AND c.inbox = $2 AND c.conversation = asked.conversation LIMIT 1
             ) c ON true
           ) AS reaches
           FROM inboxes i WHERE i.account = $1 AND i.inbox = $2`,
    values: [db.account, inbox, conversations.join(',')],
    limitMs: LONG_MS,
  });
  if (!row) return null;
  const settings = settingsSchema.parse(row.settings);
  const known = new Map<string, KnownReach>();
  const reachOf = (text: string) => {
    const reach = known.get(text) ?? read(text, settings);
    known.set(text, reach);
    return reach;
  };
  return { settings, reaches: row.reaches === null ? [] : row.reaches.split(',').map(reachOf) };
}

/** `closed/010` is opted out; the last digit is missing where no window was ever opened, and all where nobody is known. */
function read(text: string, { customer_window_seconds }: Settings): KnownReach {
  const [status = '', marks = ''] = text.split('/');
  return {
    status: status === '' ? 'not_contacted' : (status as Status),
    blocked: marks[0] === '1',
    opted_out: marks[1] === '1',
    window_open: customer_window_seconds === null || marks[2] === '1',
  };
}

/**
 * The next conversations of an inbox that a broadcast may reach, in order of their ids. The database makes
 * the NDJSON lines, so that a million of them pass through here as a few strings.
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
  // no broadcast reaches a contact who is blocked or opted out, with or without priority
  const [row] = await db.query<{ lines: string | null }>({
    text: `SELECT string_agg(
             '{"conversation":"' || conversation || '","window_open":' || window_open || E'}\\n', '') AS lines FROM (
             SELECT k.conversation, ${WINDOW_OPEN} AS window_open FROM ${keysOf(filters)} k
             WHERE ${where} AND NOT k.blocked AND NOT k.opted_out AND k.conversation > ${values.add(after)}
             ORDER BY k.conversation LIMIT ${values.add(limit)}
           ) page`,
    values: values.all,
    limitMs: LONG_MS,
  });
  const lines = row?.lines;
  return lines ? { lines, last: lastIn(lines) } : null;
}

function lastIn(lines: string): string {
  const from = lines.lastIndexOf('{"conversation":"') + '{"conversation":"'.length;
  return lines.slice(from, lines.indexOf('"', from));
}
