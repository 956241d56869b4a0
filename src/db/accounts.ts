import type { AccountDatabase } from './database';
import { hashOf, newKey, type Key, type NewKey } from './keys';

export interface Account {
  account: string;
  created_at: string;
}

/**
 * Makes the account that `db` acts for, and its first key.
 * @returns null if it exists; then nothing is made
 */
export async function addAccount(
  db: AccountDatabase,
  first: NewKey,
): Promise<(Account & Key & { key: string }) | null> {
  const key = newKey();
  const [row] = await db.query<Account & Key>({
    text: `WITH made AS (
             INSERT INTO accounts (account) VALUES ($1) ON CONFLICT DO NOTHING RETURNING account
           )
           INSERT INTO api_keys (account, name, key_hash, scopes, rate_per_second, expires_at)
           SELECT account, $2, decode($3, 'hex'), $4, $5, $6 FROM made
           RETURNING account, id AS key_id, name, scopes, rate_per_second, expires_at, created_at`,
    values: [db.account, first.name, hashOf(key), first.scopes, first.rate_per_second, first.expires_at],
  });
  return row ? { ...row, key } : null;
}

export async function findAccount(db: AccountDatabase): Promise<Account | null> {
  const [row] = await db.query<Account>({
    text: 'SELECT account, created_at FROM accounts WHERE account = $1',
    values: [db.account],
  });
  return row ?? null;
}
