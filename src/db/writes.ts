import type { Pool } from 'pg';
import type { ConversationRow, Entry } from '../domain/timeline';
import type { ConversationKey } from '../domain/key';
import type { Loaded, Write } from '../domain/ledger';
import { DEFAULT_SETTINGS, settingsSchema } from '../domain/settings';
import { tellingOf } from '../domain/effect-json';
import { COLUMNS, columnsOf, EPISODE, excluded, SURVEY } from './columns';
import { isErased } from './erasures';

/**
 * Many conversations' decisions in one statement, so in one commit. A conversation is written only where its
 * row is at the expected `seq` (the fence), none of its events is known already, and its settings are the
 * inbox's current ones; else nothing of it is. Waiting callers are told by `decided`, in tokens of 12 hex
 * digits; streams by `told`, which names the account.
 *
 * Tables are read key by key (`LATERAL … LIMIT 1`), which leaves PostgreSQL no other plan, with any
 * statistics.
 */
const WRITE = `
WITH writes AS (
  SELECT * FROM json_to_recordset($1::json)
    AS w(account text, inbox text, conversation text, expected_seq int, settings_version int)
), entries AS MATERIALIZED (
  SELECT * FROM json_populate_recordset(NULL::timeline, $3::json)
), current AS MATERIALIZED (
  SELECT w.account, w.inbox, w.conversation, c.seq
  FROM (SELECT * FROM writes ORDER BY account, inbox, conversation) w, LATERAL (
    SELECT seq FROM conversations c
    WHERE (c.account, c.inbox, c.conversation) = (w.account, w.inbox, w.conversation) LIMIT 1 FOR UPDATE
  ) c
), known AS MATERIALIZED (
  SELECT DISTINCT e.account, e.inbox, e.conversation FROM entries e, LATERAL (
    SELECT FROM timeline t
    WHERE (t.account, t.inbox, t.conversation, t.event) = (e.account, e.inbox, e.conversation, e.event) LIMIT 1
  ) t
), fit AS MATERIALIZED (
  SELECT w.account, w.inbox, w.conversation
  FROM writes w
  CROSS JOIN LATERAL (
    SELECT FROM inboxes i WHERE (i.account, i.inbox, i.settings_version) = (w.account, w.inbox, w.settings_version) LIMIT 1
  ) i
  LEFT JOIN current c ON (c.account, c.inbox, c.conversation) = (w.account, w.inbox, w.conversation)
  WHERE coalesce(c.seq, 0) = w.expected_seq
    AND NOT EXISTS (SELECT FROM known k
      WHERE (k.account, k.inbox, k.conversation) = (w.account, w.inbox, w.conversation))
    AND NOT ${isErased('w.account', 'w.inbox', 'w.conversation')}
), written AS (
  INSERT INTO conversations (account, ${COLUMNS.join(', ')})
  SELECT r.account, ${columnsOf('r', COLUMNS)}
  FROM json_populate_recordset(NULL::conversations, $2::json) r JOIN fit USING (account, inbox, conversation)
  ON CONFLICT (account, inbox, conversation) DO UPDATE SET ${excluded(COLUMNS, 'inbox', 'conversation')}
  WHERE conversations.seq < excluded.seq
  RETURNING account, inbox, conversation
), told AS (
  INSERT INTO timeline SELECT e.* FROM entries e JOIN written USING (account, inbox, conversation)
  RETURNING left(md5(account || '/' || inbox || '/' || conversation || '/' || event), 12) AS token
), lived AS (
  INSERT INTO episodes SELECT e.*
  FROM json_populate_recordset(NULL::episodes, $4::json) e JOIN written USING (account, inbox, conversation)
  ON CONFLICT (account, inbox, conversation, episode) DO UPDATE SET ${excluded(EPISODE, 'episode')}
), asked AS (
  INSERT INTO surveys SELECT s.*
  FROM json_populate_recordset(NULL::surveys, $5::json) s JOIN written USING (account, inbox, conversation)
  ON CONFLICT (account, inbox, conversation, survey) DO UPDATE SET ${excluded(SURVEY, 'survey')}
), outgoing AS (
  INSERT INTO outbox (account, inbox, conversation, seq, nth, type, payload, created_at)
  SELECT o.account, o.inbox, o.conversation, o.seq, o.nth, o.type, o.payload, o.created_at
  FROM json_populate_recordset(NULL::outbox, $6::json) o JOIN written USING (account, inbox, conversation)
  ORDER BY o.account, o.inbox, o.conversation, o.seq, o.nth
  RETURNING account
), heard AS MATERIALIZED (
  SELECT pg_notify('told', account) FROM (SELECT DISTINCT account FROM outgoing) accounts
), announced AS MATERIALIZED (
  SELECT pg_notify('decided', string_agg(token, ',')) FROM (
    SELECT token, (row_number() OVER ()) / 500 AS part FROM told
  ) parts GROUP BY part
)
SELECT account, inbox, conversation, (SELECT count(*) FROM announced) + (SELECT count(*) FROM heard) AS notices
FROM written`;

/**
 * @returns for each write, whether it was made; if not, because of the row, the settings, or a known event
 * @throws what PostgreSQL answers; then no write was made
 */
export async function writeDecisions(pool: Pool, writes: Write[]): Promise<boolean[]> {
  const of = <T extends object>(pick: (w: Write) => T[]) =>
    JSON.stringify(writes.flatMap((w) => pick(w).map((row) => ({ ...w.key, ...row }))));
  const { rows } = await pool.query<ConversationKey>({
    name: 'write_decisions',
    text: WRITE,
    values: [
      of((w) => [{ expected_seq: w.expected_seq, settings_version: w.row.settings_version }]),
      of((w) => [w.row]),
      of((w) => w.steps.map((s) => s.entry)),
      of((w) =>
        lastOf(
          w.steps.flatMap((s) => s.episode ?? []),
          'episode',
        ),
      ),
      of((w) =>
        lastOf(
          w.steps.flatMap((s) => s.surveys),
          'survey',
        ),
      ),
      of(outboxRows),
    ],
  });
  const made = new Set(rows.map(nameOf));
  return writes.map((w) => made.has(nameOf(w.key)));
}

/** One statement may change a row only once, so it keeps the last version of each. */
function lastOf<T extends object, K extends keyof T>(rows: T[], id: K): T[] {
  return [...new Map(rows.map((row) => [row[id], row])).values()];
}

function outboxRows({ key, steps }: Write) {
  return steps.flatMap(({ entry, effects }) =>
    effects.map((effect, nth) => ({
      seq: entry.seq,
      nth,
      type: effect.type,
      payload: tellingOf(key, entry, effect),
      created_at: entry.at,
    })),
  );
}

const nameOf = (k: ConversationKey) => `${k.account}/${k.inbox}/${k.conversation}`;

/**
 * An inbox that a direct client names before it was set up begins with the default settings, so that nothing
 * is lost.
 */
const LOAD = `
WITH keys AS (
  SELECT * FROM json_to_recordset($1::json) AS k(account text, inbox text, conversation text)
), created AS (
  INSERT INTO inboxes (account, inbox, settings)
  SELECT DISTINCT k.account, k.inbox, $2::jsonb FROM keys k
  LEFT JOIN LATERAL (SELECT true AS there FROM inboxes i WHERE (i.account, i.inbox) = (k.account, k.inbox) LIMIT 1) i ON true
  WHERE i.there IS NULL AND NOT ${isErased('k.account', 'k.inbox', 'k.conversation')}
  ON CONFLICT DO NOTHING
)
SELECT k.*, c.row, i.settings, coalesce(i.settings_version, 1) AS settings_version,
  ${isErased('k.account', 'k.inbox', 'k.conversation')} AS erased
FROM keys k
LEFT JOIN LATERAL (SELECT * FROM inboxes i WHERE (i.account, i.inbox) = (k.account, k.inbox) LIMIT 1) i ON true
LEFT JOIN LATERAL (
  SELECT to_jsonb(r) AS row FROM (
    SELECT ${columnsOf('c', COLUMNS)} FROM conversations c
    WHERE (c.account, c.inbox, c.conversation) = (k.account, k.inbox, k.conversation) LIMIT 1
  ) r
) c ON true`;

interface LoadedRow extends ConversationKey {
  row: ConversationRow | null;
  settings: unknown;
  settings_version: number;
  erased: boolean;
}

/** @returns what is known about each conversation, in the order asked; null of one that is being erased */
export async function loadConversations(pool: Pool, keys: ConversationKey[]): Promise<(Loaded | null)[]> {
  const values = [JSON.stringify(keys), JSON.stringify(DEFAULT_SETTINGS)];
  const { rows } = await pool.query<LoadedRow>({ name: 'load_conversations', text: LOAD, values });
  const found = new Map(rows.map((r) => [nameOf(r), r]));
  return keys.map((key) => {
    const r = found.get(nameOf(key));
    if (r?.erased) return null;
    return {
      row: r?.row ?? null,
      settings: settingsSchema.parse(r?.settings ?? {}),
      settings_version: r?.settings_version ?? 1,
    };
  });
}

/** An event that was decided, as it was sent then. */
export type KnownEvent = Pick<Entry, 'event' | 'type' | 'data'>;

/** The events that the conversation's timeline already has. */
export async function knownEvents(pool: Pool, key: ConversationKey, events: string[]): Promise<KnownEvent[]> {
  const { rows } = await pool.query<KnownEvent>(
    `SELECT t.event, t.type, t.data FROM unnest($4::text[]) AS asked(event), LATERAL (
       SELECT event, type, data FROM timeline t
       WHERE t.account = $1 AND t.inbox = $2 AND t.conversation = $3 AND t.event = asked.event LIMIT 1) t`,
    [key.account, key.inbox, key.conversation, events],
  );
  return rows;
}
