import { exportLine, type KeptBeyond } from '../domain/export-line';
import { aliasesBetween, INDEXED } from './aliases';
import type { ConversationRecord } from '../domain/record';
import { shownColumns, toConversation } from './conversations';
import type { AccountDatabase } from './database';
import { endedEpisodes } from './episodes';
import { LONG_MS } from './pool';

/**
 * The next conversations of an inbox as an import takes them, in order of their ids.
 * @returns their lines and the last id in them, or null when there are no more
 */
export async function exportPage(
  db: AccountDatabase,
  inbox: string,
  after: string,
  limit: number,
): Promise<{ lines: string; last: string } | null> {
  const rows = await db.query<ConversationRecord & KeptBeyond>({
    name: 'export_page',
    text: `SELECT ${shownColumns('c')}, c.last_word, c.untouched, c.kept_unarchived, c.ended_executions, c.agents FROM conversations c
           WHERE account = $1 AND inbox = $2 AND conversation > $3 ORDER BY conversation LIMIT $4`,
    values: [db.account, inbox, after, limit],
    limitMs: LONG_MS,
  });
  const last = rows.at(-1)?.conversation;
  if (last === undefined) return null;
  const ended = await endedEpisodes(db, inbox, after, last);
  const aliases = await aliasesBetween(db, inbox, after, last);
  const lines = rows.map((row) => {
    const { conversation } = row;
    const [episodes, names] = [ended.get(conversation) ?? [], aliases.get(conversation) ?? []];
    return `${JSON.stringify(exportLine(toConversation(row), row, episodes, names))}\n`;
  });
  return { lines: lines.join(''), last };
}

/** What is kept of a conversation beside itself and its episodes, by what it is. */
const KEPT = {
  surveys: `SELECT survey, episode, state, agent, asked_at, expires_at, score, comment, answered_at, late, failure
            FROM surveys WHERE account = $1 AND inbox = $2 AND conversation = $3 ORDER BY asked_at, survey`,
  timeline: `SELECT seq, at, version, event, type, verdict, reason, rule, "from", "to", data, changes
             FROM timeline WHERE account = $1 AND inbox = $2 AND conversation = $3 ORDER BY seq`,
  effects: `SELECT seq, nth, type, payload, created_at
            FROM outbox WHERE account = $1 AND inbox = $2 AND conversation = $3 ORDER BY seq, nth`,
  deliveries: `SELECT webhook, nth, type, state, body, attempts, created_at, ended_at
               FROM deliveries WHERE account = $1 AND inbox = $2 AND conversation = $3 ORDER BY created_at, webhook, nth`,
  aliases: `SELECT alias, created_at
            FROM conversation_aliases WHERE account = $1 AND inbox = $2 AND conversation = $3 AND ${INDEXED} ORDER BY created_at, alias`,
};
export type Kept = Record<keyof typeof KEPT, Record<string, unknown>[]>;
export const KINDS_KEPT = Object.keys(KEPT) as (keyof typeof KEPT)[];

export async function keptOf(db: AccountDatabase, inbox: string, conversation: string): Promise<Kept> {
  const kept = {} as Kept;
  for (const kind of KINDS_KEPT) {
    const values = [db.account, inbox, conversation];
    kept[kind] = await db.query({ text: KEPT[kind], values, limitMs: LONG_MS });
  }
  return kept;
}
