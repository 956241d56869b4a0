import { createHash, randomBytes } from 'node:crypto';
import type { Pool } from 'pg';
import type { AccountDatabase, Database } from './database';

/** What a key may be allowed to do. */
export const SCOPES = [
  'events:write',
  'conversations:read',
  'inboxes:write',
  'webhooks:write',
  'keys:write',
  'accounts:write',
  'data:erase',
] as const;
export type Scope = (typeof SCOPES)[number];

/** The holder of a key, and what it may do. */
export interface KeyHolder {
  id: string;
  account: string;
  scopes: Scope[];
  /** null: no limit */
  rate_per_second: number | null;
  expires_at: string | null;
}

/** A key as it is shown, without the key itself. */
export interface Key {
  key_id: string;
  name: string;
  scopes: Scope[];
  rate_per_second: number | null;
  expires_at: string | null;
  created_at: string;
}
export type NewKey = Pick<Key, 'name' | 'scopes' | 'rate_per_second' | 'expires_at'>;

export const KEYS_CHANGED = 'api_keys_changed';

const SHOWN = 'id AS key_id, name, scopes, rate_per_second, expires_at, created_at';

/** SHA-256 in hex: only this is stored and compared. */
export function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

/** 256 random bits. */
export function newKey(): string {
  return `cs_${randomBytes(32).toString('base64url')}`;
}

/**
 * The holder of a key, or null where it is unknown or revoked: nobody outside learns which. One that has expired is still found.
 * @throws PostgresUnavailableError
 */
export async function findKeyHolder(database: Database, hash: string): Promise<KeyHolder | null> {
  const [row] = await database.query<KeyHolder>({
    name: 'find_key_holder',
    text: `SELECT id, account, scopes, rate_per_second, expires_at FROM api_keys
           WHERE key_hash = decode($1, 'hex') AND revoked_at IS NULL`,
    values: [hash],
  });
  return row ?? null;
}

export async function addKey(db: AccountDatabase, wanted: NewKey): Promise<Key & { key: string }> {
  const { name, scopes, rate_per_second, expires_at } = wanted;
  const key = newKey();
  const [row] = await db.query<Key>({
    text: `INSERT INTO api_keys (account, name, key_hash, scopes, rate_per_second, expires_at)
           VALUES ($1, $2, decode($3, 'hex'), $4, $5, $6) RETURNING ${SHOWN}`,
    values: [db.account, name, hashOf(key), scopes, rate_per_second, expires_at],
  });
  if (!row) throw new Error('an insert that returned nothing');
  return { ...row, key };
}

/** Those that are not revoked, in order of their ids, after `after`. */
export function listKeys(db: AccountDatabase, after: string | null, limit: number): Promise<Key[]> {
  return db.query<Key>({
    text: `SELECT ${SHOWN} FROM api_keys
           WHERE account = $1 AND revoked_at IS NULL AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3`,
    values: [db.account, after, limit],
  });
}

/** It stays, marked: the audit names it. @returns whether there was one to revoke */
export async function revokeKey(db: AccountDatabase, id: string): Promise<boolean> {
  const rows = await db.query({
    text: `UPDATE api_keys SET revoked_at = now() WHERE account = $1 AND id = $2 AND revoked_at IS NULL RETURNING 1`,
    values: [db.account, id],
  });
  return rows.length > 0;
}

/**
 * Makes sure that this key exists, for account `default`, with every scope there is and without a limit to its rate. Asked again
 * it changes nothing; a key that was revoked stays revoked.
 */
export async function ensureBootstrapKey(pool: Pool, key: string): Promise<void> {
  await pool.query({
    text: `INSERT INTO api_keys (account, name, key_hash, scopes)
           VALUES ('default', 'bootstrap', decode($1, 'hex'), $2)
           ON CONFLICT (key_hash) DO UPDATE SET scopes = excluded.scopes
           WHERE api_keys.scopes <> excluded.scopes AND api_keys.account = excluded.account`,
    values: [hashOf(key), SCOPES],
  });
}
