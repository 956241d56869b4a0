import type { AccountDatabase, Query } from './database';

/** Other names of conversations. A name that is a conversation's own id may stand here too. */
interface Alias {
  alias: string;
  conversation: string;
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
    await query({
      text: `SELECT pg_advisory_xact_lock(hashtextextended($1, 1))`,
      values: [`${db.account}/${inbox}`],
    });
    const known = await aliasesOf(query, db.account, inbox, names);
    const conversation = known[0]?.conversation ?? names[0];
    if (conversation === undefined) throw new Error('a contact without a name');
    const others = known.map((k) => k.conversation).filter((other) => other !== conversation);
    await query({
      text: `UPDATE conversation_aliases SET conversation = $3
             WHERE account = $1 AND inbox = $2 AND conversation = ANY ($4)`,
      values: [db.account, inbox, conversation, others],
    });
    await query({
      text: `INSERT INTO conversation_aliases (account, inbox, alias, conversation)
             SELECT $1, $2, alias, $3 FROM unnest($4::text[]) AS alias ON CONFLICT DO NOTHING`,
      values: [db.account, inbox, conversation, names],
    });
    return conversation;
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
