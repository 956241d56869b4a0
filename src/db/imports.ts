import type { Imported } from '../domain/import';
import { addAliases } from './aliases';
import type { AccountDatabase } from './database';
import { LONG_MS } from './pool';

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
  conversations: readonly Imported[],
): Promise<Set<string> | null> {
  if (conversations.every((c) => c.aliases.length === 0))
    return addRows(db, inbox, settings_version, conversations);
  const { account } = db;
  return db.transaction(async (query) => {
    const added = await addRows({ account, query }, inbox, settings_version, conversations);
    const names = conversations.flatMap(({ row: { conversation }, aliases }) =>
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
  conversations: readonly Imported[],
): Promise<Set<string> | null> {
  const json = <T extends object>(pick: (c: Imported) => readonly T[]) =>
    JSON.stringify(
      conversations.flatMap((c) => {
        const key = { account: db.account, inbox, conversation: c.row.conversation };
        return pick(c).map((row) => ({ ...row, ...key }));
      }),
    );
  const [row] = await db.query<{ added: string[] | null }>({
    name: 'import_conversations',
    text: 'SELECT import_conversations($1, $2, $3, $4, $5, $6) AS added',
    values: [
      ...[inbox, settings_version],
      ...[json((c) => [c.row]), json((c) => [c.entry]), json((c) => c.episodes), json((c) => c.surveys)],
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
