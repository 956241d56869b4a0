import type { ClientBase } from 'pg';

/** As whom a connection acts. */
export interface Actor {
  /** whose rows it sees and changes; absent: nobody's */
  readonly account?: string;
  /** the id of the key that the audit names; absent: the service itself */
  readonly keyId?: string;
}

const acting = new WeakMap<ClientBase, string>();

/**
 * From here on the connection sees and changes what is this account's, and nothing else (row-level security). Asked of
 * PostgreSQL only where it is another actor than before. Not within a transaction: it would be rolled back with it.
 */
export async function actFor(client: ClientBase, { account = '', keyId = '' }: Actor): Promise<void> {
  const actor = `${account}/${keyId}`;
  if (acting.get(client) === actor) return;
  await client.query({
    name: 'act_for',
    text: `SELECT set_config('app.account', $1, false), set_config('app.key', $2, false)`,
    values: [account, keyId],
  });
  acting.set(client, actor);
}
