import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import type { AccountDatabase } from './database';
import { limited, LONG_MS } from './pool';

export const ERASED_SCOPES = ['conversation', 'inbox', 'account'] as const;

/** What is erased: a conversation, an inbox, or the account where neither is named. */
export interface Erased {
  inbox?: string;
  conversation?: string;
}

export interface Erasure {
  erasure: string;
  scope: (typeof ERASED_SCOPES)[number];
  state: 'running' | 'done';
  started_at: string;
  ended_at: string | null;
  /** null: nothing */
  left: { conversations: number; workflows: number | null } | null;
  erased: { rows: Record<string, number>; workflows: number };
}

/** `inbox` and `conversation` are those of an alias `e` of `erasures`: whether that one is about them. */
export const isErased = (account: string, inbox: string, conversation: string) =>
  `EXISTS (SELECT FROM erasures e WHERE e.account = ${account} AND e.state = 'running'
     AND (e.inbox IS NULL OR e.inbox = ${inbox}) AND (e.conversation IS NULL OR e.conversation = ${conversation}))`;

/** The one that runs for exactly this, or null. */
export async function runningErasure(
  db: AccountDatabase,
  { inbox, conversation }: Erased,
): Promise<string | null> {
  const [row] = await db.query<{ erasure: string }>({
    text: `SELECT erasure FROM erasures WHERE account = $1 AND state = 'running'
             AND inbox IS NOT DISTINCT FROM $2 AND conversation IS NOT DISTINCT FROM $3`,
    values: [db.account, inbox ?? null, conversation ?? null],
  });
  return row?.erasure ?? null;
}

/** The conversations of the account that are erased one by one now, as `inbox/conversation`. */
export async function runningConversations(db: AccountDatabase): Promise<Set<string>> {
  const rows = await db.query<{ inbox: string; conversation: string }>({
    text: `SELECT inbox, conversation FROM erasures
           WHERE account = $1 AND state = 'running' AND scope = 'conversation'`,
    values: [db.account],
  });
  return new Set(rows.map(({ inbox, conversation }) => `${inbox}/${conversation}`));
}

/** From here on nothing of it is decided any more. @returns the erasure's id; of the one that runs, if there is one */
export async function beginErasure(db: AccountDatabase, of: Erased): Promise<string> {
  const scope = of.conversation !== undefined ? 'conversation' : of.inbox !== undefined ? 'inbox' : 'account';
  const [row] = await db.query<{ erasure: string }>({
    text: `INSERT INTO erasures (erasure, account, scope, inbox, conversation) VALUES ($1, $2, $3, $4, $5)
           ON CONFLICT DO NOTHING RETURNING erasure`,
    values: [`er_${randomUUID()}`, db.account, scope, of.inbox ?? null, of.conversation ?? null],
  });
  return row?.erasure ?? (await runningErasure(db, of)) ?? (await beginErasure(db, of));
}

export async function findErasure(db: AccountDatabase, erasure: string): Promise<Erasure | null> {
  const [row] = await db.query<
    Erasure & {
      conversations: number;
      workflows: number;
      workflows_left: number | null;
      rows: Record<string, number>;
    }
  >({
    text: `SELECT erasure, scope, state, started_at, ended_at, rows, workflows, workflows_left,
             CASE e.scope WHEN 'conversation' THEN (SELECT count(*) FROM conversations c
               WHERE (c.account, c.inbox, c.conversation) = (e.account, e.inbox, e.conversation))
             ELSE (SELECT coalesce(sum(n), 0) FROM conversation_counts c
               WHERE c.account = e.account AND (c.inbox = e.inbox OR e.inbox IS NULL)) END::int AS conversations
           FROM erasures e WHERE account = $1 AND erasure = $2`,
    values: [db.account, erasure],
  });
  if (!row) return null;
  const { scope, state, started_at, ended_at, rows, workflows } = row;
  const left =
    state === 'running' ? { conversations: row.conversations, workflows: row.workflows_left } : null;
  return { erasure, scope, state, started_at, ended_at, left, erased: { rows, workflows } };
}

/** An erasure as the workflow that does it needs it. */
export interface ErasureTask extends Erased {
  account: string;
  erasure: string;
}

/** @returns null if it is done */
export async function erasureTask(pool: Pool, erasure: string): Promise<ErasureTask | null> {
  const { rows } = await pool.query<{ account: string; inbox: string | null; conversation: string | null }>(
    `SELECT account, inbox, conversation FROM erasures WHERE erasure = $1 AND state = 'running'`,
    [erasure],
  );
  const [row] = rows;
  return row
    ? {
        erasure,
        account: row.account,
        inbox: row.inbox ?? undefined,
        conversation: row.conversation ?? undefined,
      }
    : null;
}

export async function runningErasures(pool: Pool): Promise<{ erasure: string }[]> {
  const { rows } = await pool.query<{ erasure: string }>(
    `SELECT erasure FROM erasures WHERE state = 'running' ORDER BY started_at, erasure`,
  );
  return rows;
}

/** @returns how many were deleted; 0: there are no more */
export async function eraseRows(pool: Pool, erasure: string, atMost: number): Promise<number> {
  const statement = { text: 'SELECT erase_rows($1, $2) AS gone', values: [erasure, atMost] };
  const { rows } = await pool.query<{ gone: number }>(limited(statement, LONG_MS));
  return rows[0]?.gone ?? 0;
}

/** @param listed how many runs Temporal listed: a run that was deleted stays in its list for a moment, so it may be seen again */
export async function countWorkflows(pool: Pool, erasure: string, listed: number): Promise<void> {
  await pool.query(
    `UPDATE erasures SET workflows = greatest(workflows, $2), workflows_left = $2
     WHERE erasure = $1 AND state = 'running'`,
    [erasure, listed],
  );
}

/** It is done, and forgets what it was about. */
export async function endErasure(pool: Pool, erasure: string): Promise<void> {
  await pool.query(
    `UPDATE erasures SET state = 'done', ended_at = now(), inbox = NULL, conversation = NULL, workflows_left = NULL
     WHERE erasure = $1 AND state = 'running'`,
    [erasure],
  );
}
