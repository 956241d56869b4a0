import type { Pool } from 'pg';
import type { ConversationKey } from '../domain/key';
import { limited, LONG_MS } from './pool';

/** A row as reconciliation compares it. */
export interface RowState extends ConversationKey {
  seq: number;
  version: number;
  /** whether its status or its next timer needs a running workflow */
  needs_workflow: boolean;
}

const NEEDS_WORKFLOW = `(status NOT IN ('closed', 'not_contacted') OR next IS NOT NULL)`;

/** Rows that need a running workflow, in order of their names, after `after`; at most `limit`. */
export async function rowsNeedingWorkflow(
  pool: Pool,
  after: ConversationKey | null,
  limit: number,
): Promise<RowState[]> {
  const page = {
    text: `SELECT account, inbox, conversation, seq, version, true AS needs_workflow FROM conversations
           WHERE ${NEEDS_WORKFLOW} AND (account, inbox, conversation) > ($1, $2, $3)
           ORDER BY account, inbox, conversation LIMIT $4`,
    values: [after?.account ?? '', after?.inbox ?? '', after?.conversation ?? '', limit],
  };
  return (await pool.query<RowState>(limited(page, LONG_MS))).rows;
}

/** A conversation whose timer should have acted. */
export interface OverdueRow extends ConversationKey {
  /** RFC 3339 in UTC with milliseconds, which sorts as text */
  due_at: string;
}

/**
 * Rows whose timer is more than `seconds` overdue, because no workflow runs for it. The longest overdue come
 * first, those after `after`.
 */
export async function overdueRows(
  pool: Pool,
  seconds: number,
  after: OverdueRow | null,
  limit: number,
): Promise<OverdueRow[]> {
  const { rows } = await pool.query<OverdueRow>(
    `SELECT account, inbox, conversation, next ->> 'due_at' AS due_at FROM conversations
     WHERE next IS NOT NULL AND next ->> 'due_at' >= $1
       AND next ->> 'due_at' < to_char((now() - make_interval(secs => $5)) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS')
       AND (next ->> 'due_at', account, inbox, conversation) > ($1, $2, $3, $4)
     ORDER BY next ->> 'due_at', account, inbox, conversation LIMIT $6`,
    [
      after?.due_at ?? '',
      after?.account ?? '',
      after?.inbox ?? '',
      after?.conversation ?? '',
      seconds,
      limit,
    ],
  );
  return rows;
}

/** Rows whose timer was due between these moments and has not acted, in the order of the timers; those after `after`. */
export async function dueRows(
  pool: Pool,
  { from, to }: { from: Date; to: Date },
  after: OverdueRow | null,
  limit: number,
): Promise<OverdueRow[]> {
  const { rows } = await pool.query<OverdueRow>({
    name: 'due_rows',
    text: `SELECT account, inbox, conversation, next ->> 'due_at' AS due_at FROM conversations
           WHERE next IS NOT NULL AND next ->> 'due_at' >= $1 AND next ->> 'due_at' < $2
             AND (next ->> 'due_at', account, inbox, conversation) > ($1, $3, $4, $5)
           ORDER BY next ->> 'due_at', account, inbox, conversation LIMIT $6`,
    values: [
      after?.due_at ?? from.toISOString(),
      to.toISOString(),
      ...[after?.account ?? '', after?.inbox ?? '', after?.conversation ?? ''],
      limit,
    ],
  });
  return rows;
}

/** The rows of these conversations, if there are any. */
export async function rowStates(pool: Pool, keys: ConversationKey[]): Promise<RowState[]> {
  const { rows } = await pool.query<RowState>(
    `SELECT account, inbox, conversation, seq, version, ${NEEDS_WORKFLOW} AS needs_workflow
     FROM json_to_recordset($1::json) AS k(account text, inbox text, conversation text), LATERAL (
       SELECT seq, version, status, next FROM conversations c
       WHERE (c.account, c.inbox, c.conversation) = (k.account, k.inbox, k.conversation) LIMIT 1) c`,
    [JSON.stringify(keys)],
  );
  return rows;
}

/** Whether the timeline has that version of the conversation, decided at that moment (epoch milliseconds). */
export async function writtenAs(
  pool: Pool,
  key: ConversationKey,
  version: number,
  at: number,
): Promise<boolean> {
  const { rowCount } = await pool.query(
    `SELECT FROM timeline WHERE account = $1 AND inbox = $2 AND conversation = $3
       AND (version = $4 AND verdict = 'applied' AND at = $5 OR type = 'restored' AND version >= $4) LIMIT 1`,
    [key.account, key.inbox, key.conversation, version, new Date(at)],
  );
  return rowCount !== 0;
}
