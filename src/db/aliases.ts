import type { AccountDatabase, Query } from './database';
import { LONG_MS } from './pool';

/** Other names of conversations. A name that is a conversation's own id may stand here too. */
interface Alias {
  alias: string;
  conversation: string;
}

/** Always so. Statements that look for a conversation's names say it, and those that look for a name do not: each has its index. */
export const INDEXED = 'length(conversation) > 0';

export interface ShownAlias extends Alias {
  created_at: string;
}

/**
 * The conversations that names lead to. Each group is of names of one and the same contact: all of them lead to its oldest
 * conversation from now on; where none was known, to the one that is named by the group's first.
 * @returns one a group, in their order
 * @throws PostgresUnavailableError
 */
export async function conversationsOf(
  db: AccountDatabase,
  inbox: string,
  groups: readonly (readonly string[])[],
): Promise<string[]> {
  const known = await aliasesOf(db.query, db.account, inbox, [...new Set(groups.flat())]);
  const found = new Map(known.map(({ alias, conversation }) => [alias, conversation]));
  const conversations: string[] = [];
  for (const names of groups) {
    const led = new Set(names.map((name) => found.get(name)));
    const [only] = led;
    const conversation = led.size === 1 && only !== undefined ? only : await join(db, inbox, names);
    for (const name of names) found.set(name, conversation);
    conversations.push(conversation);
  }
  return conversations;
}

/** One at a time in an inbox: two who see a new contact at once must name the same conversation. */
function join(db: AccountDatabase, inbox: string, names: readonly string[]): Promise<string> {
  return db.transaction(async (query) => {
    await lock(query, db.account, inbox);
    const known = await aliasesOf(query, db.account, inbox, names);
    const conversation = known[0]?.conversation ?? names[0];
    if (conversation === undefined) throw new Error('a contact without a name');
    const others = known.map((k) => k.conversation).filter((other) => other !== conversation);
    await query({
      text: `UPDATE conversation_aliases SET conversation = $3
             WHERE account = $1 AND inbox = $2 AND conversation = ANY ($4) AND ${INDEXED}`,
      values: [db.account, inbox, conversation, others],
    });
    await query({
      text: `INSERT INTO conversation_aliases (account, inbox, alias, conversation)
             SELECT $1, $2, alias, $3 FROM unnest($4::text[]) AS alias ON CONFLICT DO NOTHING`,
      values: [db.account, inbox, conversation, names],
    });
    if (names.some((name) => name !== conversation)) await announce(query);
    return conversation;
  });
}

/** Processes remember which inboxes have no other names. */
function announce(query: Query): Promise<unknown> {
  return query({ text: `SELECT pg_notify('aliases', '')` });
}

function lock(query: Query, account: string, inbox: string): Promise<unknown> {
  return query({
    text: `SELECT pg_advisory_xact_lock(hashtextextended($1, 1))`,
    values: [`${account}/${inbox}`],
  });
}

/** The oldest first. */
function aliasesOf(query: Query, account: string, inbox: string, names: readonly string[]): Promise<Alias[]> {
  return query<Alias & Record<string, unknown>>({
    name: 'aliases_of',
    text: `SELECT alias, conversation FROM conversation_aliases
           WHERE account = $1 AND inbox = $2 AND alias = ANY ($3) ORDER BY created_at, alias`,
    values: [account, inbox, names],
  });
}

/** Whether any name of the inbox leads to a conversation of another name. */
export async function hasAliases(db: AccountDatabase, inbox: string): Promise<boolean> {
  const rows = await db.query({
    name: 'has_aliases',
    text: `SELECT FROM conversation_aliases
           WHERE account = $1 AND inbox = $2 AND alias <> conversation AND length(alias) > 0 LIMIT 1`,
    values: [db.account, inbox],
  });
  return rows.length > 0;
}

/**
 * The conversations that names lead to, by name. A name that has a conversation of its own leads to no other.
 * @throws PostgresUnavailableError
 */
export async function targetsOf(
  db: Pick<AccountDatabase, 'account' | 'query'>,
  inbox: string,
  names: readonly string[],
): Promise<Map<string, string>> {
  const rows = await db.query<Alias & Record<string, unknown>>({
    name: 'alias_targets',
    text: `SELECT a.alias, a.conversation FROM unnest($3::text[]) AS asked(name), LATERAL (
             SELECT alias, conversation FROM conversation_aliases a
             WHERE a.account = $1 AND a.inbox = $2 AND a.alias = asked.name AND a.conversation <> a.alias LIMIT 1
           ) a
           LEFT JOIN LATERAL (
             SELECT true AS is_there FROM conversations c
             WHERE c.account = $1 AND c.inbox = $2 AND c.conversation = a.alias LIMIT 1
           ) own ON true
           WHERE own.is_there IS NULL`,
    values: [db.account, inbox, names],
  });
  return new Map(rows.map(({ alias, conversation }) => [alias, conversation]));
}

/** Why a name cannot lead to a conversation. */
export type AliasRule = 'alias_of_itself' | 'alias_is_conversation';

/**
 * Makes a name lead to a conversation from now on; to where that leads, if it is such a name itself. Names that led to this one
 * lead on, so there is never a chain.
 */
export function putAlias(
  db: AccountDatabase,
  inbox: string,
  { alias, conversation }: Alias,
): Promise<(ShownAlias & { created: boolean }) | AliasRule> {
  const { account } = db;
  return db.transaction(async (query) => {
    await lock(query, account, inbox);
    const to = (await targetsOf({ account, query }, inbox, [conversation])).get(conversation) ?? conversation;
    if (to === alias) return 'alias_of_itself';
    const own = await query({
      text: 'SELECT FROM conversations WHERE account = $1 AND inbox = $2 AND conversation = $3',
      values: [account, inbox, alias],
    });
    if (own.length > 0) return 'alias_is_conversation';
    await query({
      text: `UPDATE conversation_aliases SET conversation = $4
             WHERE account = $1 AND inbox = $2 AND conversation = $3 AND ${INDEXED}`,
      values: [account, inbox, alias, to],
    });
    const [row] = await query<ShownAlias & { created: boolean }>({
      text: `INSERT INTO conversation_aliases (account, inbox, alias, conversation) VALUES ($1, $2, $3, $4)
             ON CONFLICT (account, inbox, alias) DO UPDATE SET conversation = excluded.conversation
             RETURNING alias, conversation, created_at, xmax = 0 AS created`,
      values: [account, inbox, alias, to],
    });
    if (!row) throw new Error('an upsert returned nothing');
    await announce(query);
    return row;
  });
}

/** Names of conversations that are imported in the same transaction. */
export async function addAliases(
  { account, query }: Pick<AccountDatabase, 'account' | 'query'>,
  inbox: string,
  aliases: readonly Alias[],
): Promise<void> {
  await announce(query);
  await query({
    text: `INSERT INTO conversation_aliases (account, inbox, alias, conversation)
           SELECT $1, $2, a.alias, a.conversation FROM json_to_recordset($3) AS a(alias text, conversation text)
           ORDER BY a.alias ON CONFLICT DO NOTHING`,
    values: [account, inbox, JSON.stringify(aliases)],
  });
}

/** The other names of the conversations after `after` up to `last`, by conversation and in order. */
export async function aliasesBetween(
  db: AccountDatabase,
  inbox: string,
  after: string,
  last: string,
): Promise<Map<string, string[]>> {
  const rows = await db.query<{ conversation: string; aliases: string[] }>({
    name: 'aliases_between',
    text: `SELECT conversation, array_agg(alias ORDER BY alias COLLATE "C") AS aliases FROM conversation_aliases
           WHERE account = $1 AND inbox = $2 AND conversation > $3 AND conversation <= $4 AND ${INDEXED}
             AND alias <> conversation
           GROUP BY conversation`,
    values: [db.account, inbox, after, last],
    limitMs: LONG_MS,
  });
  return new Map(rows.map(({ conversation, aliases }) => [conversation, aliases]));
}

/** Of these names, those that are conversations or lead to one already. */
export async function takenAmong(
  db: Pick<AccountDatabase, 'account' | 'query'>,
  inbox: string,
  names: readonly string[],
): Promise<Set<string>> {
  const rows = await db.query<{ name: string }>({
    text: `SELECT name FROM unnest($3::text[]) AS asked(name), LATERAL (
             (SELECT FROM conversations c WHERE c.account = $1 AND c.inbox = $2 AND c.conversation = name LIMIT 1)
             UNION ALL
             (SELECT FROM conversation_aliases a WHERE a.account = $1 AND a.inbox = $2 AND a.alias = name LIMIT 1)
           ) taken`,
    values: [db.account, inbox, names],
    limitMs: LONG_MS,
  });
  return new Set(rows.map(({ name }) => name));
}
