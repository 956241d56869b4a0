import type { ClientBase } from 'pg';

/** As whom a connection acts. */
export interface Actor {
  /** the account whose rows it sees and changes; absent: none */
  readonly account?: string;
  /** the id of the key that the audit names; absent: the service itself */
  readonly keyId?: string;
}

const acting = new WeakMap<ClientBase, string>();

/**
 * From here on the connection sees and changes only this account's rows (row-level security). It is a
 * statement only if the actor changes. Do not call it in a transaction: a rollback would take it back.
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
