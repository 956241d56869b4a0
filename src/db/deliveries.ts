import type { AccountDatabase, Query } from './database';
import { lockWebhook } from './webhooks';

export const DELIVERY_STATES = ['pending', 'delivered', 'parked'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** One try to deliver. */
export interface Attempt {
  at: string;
  /** HTTP's status; null if no answer came */
  status: number | null;
  milliseconds: number;
  /** the first kilobyte of the answer */
  answer: string | null;
  /** why no answer came */
  error: string | null;
}

/** One effect for one endpoint. */
export interface Delivery {
  nth: number;
  type: string;
  inbox: string | null;
  conversation: string | null;
  state: DeliveryState;
  attempts: Attempt[];
  /** null if it has ended, or waits behind another one of its conversation */
  next_attempt_at: string | null;
  created_at: string;
  ended_at: string | null;
}

const SHOWN = `nth, type, inbox, conversation, state, attempts, created_at, ended_at,
  CASE WHEN state = 'pending' AND due_at < 'infinity' THEN due_at END AS next_attempt_at`;
const PIECE = 5_000;

/** The id in the header `webhook-id` and in the API. It is the same in every attempt. */
export const deliveryId = (webhook: string, nth: number | string) => `${webhook}.${nth}`;

/** Newest first, those before `before` (null: from the last). */
export function listDeliveries(
  db: AccountDatabase,
  webhook: string,
  state: DeliveryState | null,
  before: number | null,
  limit: number,
): Promise<Delivery[]> {
  const values = [webhook, db.account, before, limit];
  return db.query<Delivery>({
    text: `SELECT ${SHOWN} FROM deliveries
           WHERE webhook = $1 AND account = $2 AND nth < coalesce($3, 9223372036854775807)
             ${state === null ? '' : 'AND state = $5'}
           ORDER BY nth DESC LIMIT $4`,
    values: state === null ? values : [...values, state],
  });
}

/**
 * Which deliveries are sent again. `from` (inclusive) and `to` (exclusive) are times of the decision, in RFC
 * 3339.
 */
export type Wanted = { nths: number[] } | { from: string; to: string; state: DeliveryState | null };

/**
 * Puts deliveries in line again, before those of their conversations that wait. Deliveries that still wait
 * stay as they are.
 * @returns how many; null if there is no such endpoint
 */
export async function redeliver(
  db: AccountDatabase,
  webhook: string,
  wanted: Wanted,
): Promise<number | null> {
  let count = 0;
  let after = 0;
  for (;;) {
    const from = after;
    const again = await db.transaction(async (query) => {
      if (!(await lockWebhook(db, query, webhook))) return null;
      return againPiece(query, webhook, wanted, from);
    });
    if (again === null) return null;
    count += again.length;
    after = again.at(-1) ?? after;
    if (again.length < PIECE) return count;
  }
}

/** @returns the numbers of those put in line, in order */
async function againPiece(query: Query, webhook: string, wanted: Wanted, after: number): Promise<number[]> {
  const which =
    'nths' in wanted
      ? { text: 'nth = ANY ($4)', values: [wanted.nths] }
      : {
          text: `created_at >= $4 AND created_at < $5 AND ($6::text IS NULL OR state = $6)`,
          values: [wanted.from, wanted.to, wanted.state],
        };
  const rows = await query<{ nth: number }>({
    text: `UPDATE deliveries SET state = 'pending', tries = 0, first_try_at = NULL, ended_at = NULL,
             due_at = CASE WHEN inbox IS NULL THEN now() ELSE 'infinity' END
           WHERE webhook = $1 AND nth IN (
             SELECT nth FROM deliveries WHERE webhook = $1 AND nth > $2 AND state <> 'pending' AND ${which.text}
             ORDER BY nth LIMIT $3)
           RETURNING nth`,
    values: [webhook, after, PIECE, ...which.values],
  });
  const nths = rows.map((row) => row.nth).sort((a, b) => a - b);
  if (nths.length > 0) await realign(query, webhook, nths);
  return nths;
}

/** In the lanes of these deliveries the first is due, and no other. A test is in no lane. */
async function realign(query: Query, webhook: string, nths: number[]): Promise<void> {
  await query({
    text: `WITH lanes AS (
             SELECT DISTINCT inbox, conversation FROM deliveries WHERE webhook = $1 AND nth = ANY ($2)
           ), waiting AS (
             SELECT nth, due_at, nth = min(nth) OVER (PARTITION BY inbox, conversation) AS first
             FROM deliveries d JOIN lanes l USING (inbox, conversation)
             WHERE d.webhook = $1 AND d.state = 'pending'
           )
           UPDATE deliveries d SET due_at = CASE WHEN first THEN now() ELSE 'infinity' END FROM waiting w
           WHERE d.webhook = $1 AND d.nth = w.nth AND first <> (w.due_at < 'infinity')`,
    values: [webhook, nths],
  });
  await query({ text: 'UPDATE webhooks SET wake_at = now() WHERE webhook = $1', values: [webhook] });
}

/**
 * Makes a test delivery, which has no conversation. @returns its number; null if there is no such endpoint
 */
export async function addTest(db: AccountDatabase, webhook: string, now: string): Promise<number | null> {
  const body = { type: 'webhook.test', timestamp: now, data: { account: db.account, webhook } };
  const [row] = await db.query<{ nth: number }>({
    text: `WITH hook AS (
             UPDATE webhooks SET last_nth = last_nth + 1, wake_at = now() WHERE account = $1 AND webhook = $2 AND kind = 'http'
             RETURNING last_nth
           )
           INSERT INTO deliveries (webhook, nth, account, type, body, due_at, created_at)
           SELECT $2, last_nth, $1, $3, $4, $5, $5 FROM hook RETURNING nth`,
    values: [db.account, webhook, body.type, JSON.stringify(body), now],
  });
  return row?.nth ?? null;
}
