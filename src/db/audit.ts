import type { AccountDatabase } from './database';

/**
 * A change that somebody made. The database itself writes it, in the statement of the change
 * (`keep_audited`).
 */
export interface AuditEntry {
  id: number;
  at: string;
  /** the key with which it was done; null: the service itself */
  key_id: string | null;
  /** null also if the key belongs to another account */
  key_name: string | null;
  /** such as `webhook.changed` */
  action: string;
  /** the id of what was changed */
  object: string;
  /** by field; `{}` of an object that only came or went */
  changes: Record<string, { from: unknown; to: unknown } | { secret: true }>;
}

/** Newest first, those before `before` (null: from the last). */
export function listAudit(db: AccountDatabase, before: number | null, limit: number): Promise<AuditEntry[]> {
  return db.query<AuditEntry>({
    text: `SELECT a.id, a.at, a.key_id, k.name AS key_name, a.action, a.object, a.changes
           FROM audit a LEFT JOIN api_keys k ON k.id = a.key_id AND k.account = a.account
           WHERE a.account = $1 AND a.id < coalesce($2, 9223372036854775807) ORDER BY a.id DESC LIMIT $3`,
    values: [db.account, before, limit],
  });
}
