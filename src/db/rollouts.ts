import type { Pool } from 'pg';
import { limited, LONG_MS } from './pool';
import type { ConversationRow } from '../domain/timeline';
import { settingsSchema, type Settings } from '../domain/settings';
import { COLUMNS, columnsOf } from './columns';

export interface Inbox {
  account: string;
  inbox: string;
}

export interface OutdatedPage {
  settings: Settings;
  settings_version: number;
  rows: ConversationRow[];
}

/** Conversations decided under older settings that may have a deadline, in order of their names, after `after`. */
export async function outdatedConversations(
  pool: Pool,
  { account, inbox }: Inbox,
  after: string | null,
  limit: number,
): Promise<OutdatedPage | null> {
  const found = await pool.query<{ settings: unknown; settings_version: number }>(
    'SELECT settings, settings_version FROM inboxes WHERE account = $1 AND inbox = $2',
    [account, inbox],
  );
  const current = found.rows[0];
  if (!current) return null;
  const page = {
    text: `SELECT to_jsonb(r) AS row FROM (SELECT ${columnsOf('c', COLUMNS)} FROM conversations c
           WHERE account = $1 AND inbox = $2 AND conversation > $3 AND settings_version < $4
             AND status <> 'not_contacted' AND NOT (status = 'closed' AND archived)
           ORDER BY conversation LIMIT $5) r`,
    values: [account, inbox, after ?? '', current.settings_version, limit],
  };
  const { rows } = await pool.query<{ row: ConversationRow }>(limited(page, LONG_MS));
  const { settings_version } = current;
  return { settings: settingsSchema.parse(current.settings), settings_version, rows: rows.map((r) => r.row) };
}

/** Records that every idle conversation was told about these settings. */
export async function markRolledOut(
  pool: Pool,
  { account, inbox }: Inbox,
  settings_version: number,
): Promise<void> {
  await pool.query(
    `UPDATE inboxes SET rolled_out_version = $3
     WHERE account = $1 AND inbox = $2 AND rolled_out_version < $3`,
    [account, inbox, settings_version],
  );
}

/** Inboxes whose settings changed and whose idle conversations have not all been told. */
export async function unfinishedRollouts(pool: Pool): Promise<Inbox[]> {
  const { rows } = await pool.query<Inbox>(
    'SELECT account, inbox FROM inboxes WHERE rolled_out_version < settings_version ORDER BY account, inbox',
  );
  return rows;
}
