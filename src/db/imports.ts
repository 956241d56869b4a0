import type { Imported } from '../domain/import';
import { addAliases } from './aliases';
import type { AccountDatabase } from './database';
import { LONG_MS } from './pool';

/** One conversation's rows as JSON, so that they are made while PostgreSQL writes others. */
export interface ImportRows {
  conversation: string;
  /** its other names */
  aliases: string[];
  row: string;
  entry: string;
  episodes: string[];
  surveys: string[];
}

export function rowsOf({ account }: AccountDatabase, inbox: string, made: Imported): ImportRows {
  const { conversation } = made.row;
  const key = JSON.stringify({ account, inbox, conversation }).slice(0, -1);
  const json = (row: object) => `${key},${JSON.stringify(row).slice(1)}`;
  return {
    ...{ conversation, aliases: made.aliases, row: json(made.row), entry: json(made.entry) },
    ...{ episodes: made.episodes.map(json), surveys: made.surveys.map(json) },
  };
}

/**
 * Adds those that nobody knows, all in one commit. In order of their names, so that two imports at the same
 * time never end in a deadlock.
 * @param conversations each once
 * @returns those that were added; null if the inbox has other settings than they were made under
 */
export async function addImported(
  db: AccountDatabase,
  inbox: string,
  settings_version: number,
  conversations: readonly ImportRows[],
): Promise<Set<string> | null> {
  if (conversations.every((c) => c.aliases.length === 0))
    return addRows(db, inbox, settings_version, conversations);
  const { account } = db;
  return db.transaction(async (query) => {
    const added = await addRows({ account, query }, inbox, settings_version, conversations);
    const names = conversations.flatMap(({ conversation, aliases }) =>
      added?.has(conversation) ? aliases.map((alias) => ({ alias, conversation })) : [],
    );
    await addAliases({ account, query }, inbox, names);
    return added;
  });
}

async function addRows(
  db: Pick<AccountDatabase, 'account' | 'query'>,
  inbox: string,
  settings_version: number,
  conversations: readonly ImportRows[],
): Promise<Set<string> | null> {
  const all = (pick: (c: ImportRows) => string | readonly string[]) =>
    `[${conversations.flatMap(pick).join(',')}]`;
  const [row] = await db.query<{ added: string[] | null }>({
    name: 'import_conversations',
    text: 'SELECT import_conversations($1, $2, $3, $4, $5, $6) AS added',
    values: [
      ...[inbox, settings_version],
      ...[all((c) => c.row), all((c) => c.entry), all((c) => c.episodes), all((c) => c.surveys)],
    ],
    limitMs: LONG_MS,
  });
  return row?.added ? new Set(row.added) : null;
}

/** Which of these are known. */
export async function knownAmong(
  db: AccountDatabase,
  inbox: string,
  conversations: readonly string[],
): Promise<Set<string>> {
  const rows = await db.query<{ conversation: string }>({
    name: 'known_among',
    text: `SELECT c.conversation FROM unnest($3::text[]) AS asked(conversation), LATERAL (
             SELECT conversation FROM conversations c
             WHERE c.account = $1 AND c.inbox = $2 AND c.conversation = asked.conversation LIMIT 1) c`,
    values: [db.account, inbox, conversations],
    limitMs: LONG_MS,
  });
  return new Set(rows.map((row) => row.conversation));
}
