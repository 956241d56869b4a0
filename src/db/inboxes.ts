import { retentionSchema, type Retention } from '../domain/retention';
import { settingsSchema, type Settings } from '../domain/settings';
import type { AccountDatabase, Query } from './database';
import { isErased } from './erasures';
import { PostgresUnavailableError } from './unavailable';

/** What is set of an inbox. */
export interface InboxParts {
  settings: Settings;
  retention: Retention;
}

export interface InboxRecord extends InboxParts {
  inbox: string;
  settings_version: number;
  /** the version that every idle conversation knows */
  rolled_out_version: number;
  created_at: string;
  updated_at: string;
}

const SHOWN = 'inbox, settings, retention, settings_version, rolled_out_version, created_at, updated_at';

/** In older rows, settings of a later version of the program get their defaults. */
function toInbox(row: InboxRecord): InboxRecord {
  return {
    ...row,
    settings: settingsSchema.parse(row.settings),
    retention: retentionSchema.parse(row.retention),
  };
}

/** One that is being erased is no longer there. */
export async function findInbox(db: AccountDatabase, inbox: string): Promise<InboxRecord | null> {
  const [row] = await db.query<InboxRecord>({
    name: 'find_inbox',
    text: `SELECT ${SHOWN} FROM inboxes i WHERE account = $1 AND inbox = $2 AND NOT ${isErased('i.account', 'i.inbox', 'NULL')}`,
    values: [db.account, inbox],
  });
  return row ? toInbox(row) : null;
}

/** In order of their names, those after `after`. */
export async function listInboxes(db: AccountDatabase, after: string, limit: number): Promise<InboxRecord[]> {
  const rows = await db.query<InboxRecord>({
    text: `SELECT ${SHOWN} FROM inboxes WHERE account = $1 AND inbox > $2 ORDER BY inbox LIMIT $3`,
    values: [db.account, after, limit],
  });
  return rows.map(toInbox);
}

/** Creates an inbox or replaces what is set of it. The same again changes nothing. */
export async function putInbox(
  db: AccountDatabase,
  inbox: string,
  { settings, retention }: InboxParts,
): Promise<{ inbox: InboxRecord; created: boolean }> {
  const [row] = await db.query<InboxRecord & { created: boolean }>({
    text: `INSERT INTO inboxes AS i (account, inbox, settings, retention) VALUES ($1, $2, $3, $4)
           ON CONFLICT (account, inbox) DO UPDATE
           SET settings = excluded.settings, retention = excluded.retention, updated_at = now(),
             settings_version = i.settings_version + (i.settings <> excluded.settings)::integer
           WHERE (i.settings, i.retention) <> (excluded.settings, excluded.retention)
           RETURNING ${SHOWN}, xmax = 0 AS created`,
    values: [db.account, inbox, JSON.stringify(settings), JSON.stringify(retention)],
  });
  if (row) {
    const { created, ...changed } = row;
    return { inbox: toInbox(changed), created };
  }
  const same = await findInbox(db, inbox);
  if (!same) throw new PostgresUnavailableError('the inbox went away while it was written');
  return { inbox: same, created: false };
}

/**
 * Changes what is set by `change`, which gets what is set now. If two changes come at the same time, both
 * count.
 * @returns null for an unknown inbox
 * @throws what `change` throws; then nothing is changed
 */
export async function changeInbox(
  db: AccountDatabase,
  inbox: string,
  change: (parts: InboxParts) => InboxParts,
): Promise<InboxRecord | null> {
  return db.transaction(async (query) => {
    const [row] = await query<InboxRecord>({
      text: `SELECT ${SHOWN} FROM inboxes WHERE account = $1 AND inbox = $2 FOR UPDATE`,
      values: [db.account, inbox],
    });
    if (!row) return null;
    const before = toInbox(row);
    return (await writeParts(query, db.account, inbox, change(before))) ?? before;
  });
}

async function writeParts(query: Query, account: string, inbox: string, { settings, retention }: InboxParts) {
  const [row] = await query<InboxRecord>({
    text: `UPDATE inboxes SET settings = $3, retention = $4, updated_at = now(),
             settings_version = settings_version + (settings <> $3)::integer
           WHERE account = $1 AND inbox = $2 AND (settings, retention) <> ($3, $4) RETURNING ${SHOWN}`,
    values: [account, inbox, JSON.stringify(settings), JSON.stringify(retention)],
  });
  return row && toInbox(row);
}
