import { settingsSchema, type Settings } from '../domain/settings';
import type { AccountDatabase, Query } from './database';
import { isErased } from './erasures';
import { PostgresUnavailableError } from './unavailable';

export interface InboxRecord {
  inbox: string;
  settings: Settings;
  settings_version: number;
  /** the version that every idle conversation knows */
  rolled_out_version: number;
  created_at: string;
  updated_at: string;
}

const SHOWN = 'inbox, settings, settings_version, rolled_out_version, created_at, updated_at';

/** In older rows, settings of a later version of the program get their defaults. */
function toInbox(row: InboxRecord): InboxRecord {
  return { ...row, settings: settingsSchema.parse(row.settings) };
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

/** Creates an inbox or replaces its settings. The same settings again change nothing. */
export async function putInbox(
  db: AccountDatabase,
  inbox: string,
  settings: Settings,
): Promise<{ inbox: InboxRecord; created: boolean }> {
  const [row] = await db.query<InboxRecord & { created: boolean }>({
    text: `INSERT INTO inboxes AS i (account, inbox, settings) VALUES ($1, $2, $3)
           ON CONFLICT (account, inbox) DO UPDATE
           SET settings = excluded.settings, settings_version = i.settings_version + 1, updated_at = now()
           WHERE i.settings <> excluded.settings
           RETURNING ${SHOWN}, xmax = 0 AS created`,
    values: [db.account, inbox, JSON.stringify(settings)],
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
 * Changes the settings by `change`, which gets the current ones. If two changes come at the same time, both
 * count.
 * @returns null for an unknown inbox
 * @throws what `change` throws; then nothing is changed
 */
export async function changeInbox(
  db: AccountDatabase,
  inbox: string,
  change: (settings: Settings) => Settings,
): Promise<InboxRecord | null> {
  return db.transaction(async (query) => {
    const [row] = await query<InboxRecord>({
      text: `SELECT ${SHOWN} FROM inboxes WHERE account = $1 AND inbox = $2 FOR UPDATE`,
      values: [db.account, inbox],
    });
    if (!row) return null;
    const before = toInbox(row);
    return (await writeSettings(query, db.account, inbox, change(before.settings))) ?? before;
  });
}

async function writeSettings(query: Query, account: string, inbox: string, settings: Settings) {
  const [row] = await query<InboxRecord>({
    text: `UPDATE inboxes SET settings = $3, settings_version = settings_version + 1, updated_at = now()
           WHERE account = $1 AND inbox = $2 AND settings <> $3 RETURNING ${SHOWN}`,
    values: [account, inbox, JSON.stringify(settings)],
  });
  return row && toInbox(row);
}
