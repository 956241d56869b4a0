import { createHash } from 'node:crypto';
import type { Pool } from 'pg';
import type { Database } from './database';

/** What a key may be allowed to do (api.md, "Rules for every request"). */
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
}

export const KEYS_CHANGED = 'api_keys_changed';

/** SHA-256 in hex: only this is stored and compared. */
export function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

/**
 * The holder of a key, or null where it is unknown or revoked: nobody outside learns which.
 * @throws PostgresUnavailableError
 */
export async function findKeyHolder(database: Database, hash: string): Promise<KeyHolder | null> {
  const [row] = await database.query<KeyHolder>({
    name: 'find_key_holder',
    text: `SELECT id, account, scopes FROM api_keys WHERE key_hash = decode($1, 'hex') AND revoked_at IS NULL`,
    values: [hash],
  });
  return row ?? null;
}

/**
 * Makes sure that this key exists, for account `default` and with every scope there is. Asked again it changes nothing; a key
 * that was revoked stays revoked.
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
