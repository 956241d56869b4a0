import type { ClientBase } from 'pg';

const acting = new WeakMap<ClientBase, string>();

/**
 * From here on the connection sees and changes what is this account's, and nothing else (row-level security). Asked of
 * PostgreSQL only where it is another account than before. Not within a transaction: it would be rolled back with it.
 * @param account '' for none: nothing is seen
 */
export async function actFor(client: ClientBase, account: string): Promise<void> {
  if (acting.get(client) === account) return;
  await client.query({
    name: 'act_for',
    text: `SELECT set_config('app.account', $1, false)`,
    values: [account],
  });
  acting.set(client, account);
}
