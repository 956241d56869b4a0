import type { Pool } from 'pg';
import { holding, TOLD_AGAIN_MS, type Endpoint } from './delivering';

/** Makes deliveries of the outbox, and tells whose workflow must be woken. Times are epoch milliseconds. */

const ENDPOINTS = 100;
const PIECE = 500;

export async function hasWebhooks(pool: Pool): Promise<boolean> {
  return (await pool.query('SELECT FROM webhooks LIMIT 1')).rows.length > 0;
}

/** Endpoints for which the outbox holds something that they have not heard of. */
export async function endpointsBehind(pool: Pool): Promise<Endpoint[]> {
  const { rows } = await pool.query<Endpoint>(
    `SELECT account, webhook FROM webhooks w
     WHERE EXISTS (SELECT FROM outbox o WHERE o.account = w.account AND (o.xid, o.id) > (w.heard_xid, w.heard_id)
       AND o.xid < pg_snapshot_xmin(pg_current_snapshot()))
     LIMIT ${ENDPOINTS}`,
  );
  return rows;
}

/**
 * Makes deliveries of the effects that an endpoint wants and has not got. `since` shows what was decided
 * before the endpoint was made. Of each conversation only the first delivery is due.
 */
const HAND_OUT = `
WITH hook AS MATERIALIZED (
  SELECT * FROM webhooks WHERE webhook = $1
), heard AS MATERIALIZED (
  SELECT o.*, (h.types IS NULL OR o.type = ANY (h.types)) AND (h.inboxes IS NULL OR o.inbox = ANY (h.inboxes))
    AND NOT pg_visible_in_snapshot(o.xid, h.since) AS wanted
  FROM hook h, LATERAL (
    SELECT * FROM outbox o WHERE o.account = h.account AND (o.xid, o.id) > (h.heard_xid, h.heard_id)
      AND o.xid < pg_snapshot_xmin(pg_current_snapshot())
    ORDER BY o.xid, o.id LIMIT $3) o
), made AS (
  INSERT INTO deliveries (webhook, nth, account, inbox, conversation, type, body, due_at, created_at)
  SELECT $1, (SELECT last_nth FROM hook) + row_number() OVER (ORDER BY xid, id), account, inbox, conversation, type,
    payload::text,
    CASE WHEN row_number() OVER (PARTITION BY inbox, conversation ORDER BY xid, id) = 1 AND NOT EXISTS (
      SELECT FROM deliveries d WHERE d.webhook = $1 AND d.inbox = heard.inbox AND d.conversation = heard.conversation
        AND d.state = 'pending') THEN $2::timestamptz ELSE 'infinity' END,
    created_at
  FROM heard WHERE wanted ORDER BY xid, id
  RETURNING 1
), counted AS (
  SELECT count(*) AS made FROM made
)
UPDATE webhooks w SET heard_xid = last.xid, heard_id = last.id, last_nth = last_nth + made,
  wake_at = CASE WHEN made > 0 THEN least(wake_at, $2) ELSE wake_at END
FROM (SELECT xid, id FROM heard ORDER BY xid DESC, id DESC LIMIT 1) last, counted
WHERE w.webhook = $1
RETURNING (SELECT count(*)::int FROM heard) AS heard`;

/** @returns whether there may be more */
export function handOut(pool: Pool, { webhook }: Endpoint, now: number): Promise<boolean> {
  return holding(pool, webhook, async (client) => {
    const { rows } = await client.query<{ heard: number }>({
      name: 'hand_out',
      text: HAND_OUT,
      values: [webhook, new Date(now), PIECE],
    });
    return (rows[0]?.heard ?? 0) === PIECE;
  });
}

/** Endpoints whose workflow must be woken now. If several workers ask, each endpoint goes to one of them. */
export async function claimWakes(pool: Pool, now: number): Promise<Endpoint[]> {
  const { rows } = await pool.query<Endpoint>(
    `UPDATE webhooks SET wake_at = $2 WHERE webhook IN (
       SELECT webhook FROM webhooks WHERE wake_at <= $1 AND attended_until <= $1 AND state = 'active' AND (held_until <= $1) IS NOT FALSE
       LIMIT ${ENDPOINTS} FOR UPDATE SKIP LOCKED)
     RETURNING account, webhook`,
    [new Date(now), new Date(now + TOLD_AGAIN_MS)],
  );
  return rows;
}

/** They could not be woken, and are to be claimed again at once. */
export async function giveBackWakes(pool: Pool, endpoints: Endpoint[], now: number): Promise<void> {
  await pool.query(
    'UPDATE webhooks SET wake_at = least(wake_at, $1) WHERE webhook = ANY ($2) AND attended_until <= $1',
    [new Date(now), endpoints.map(({ webhook }) => webhook)],
  );
}
