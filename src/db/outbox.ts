import type { Pool } from 'pg';
import { inPieces } from './pieces';

/**
 * Maintenance of the outbox: old rows are deleted, and an outbox that came from another cluster is put in
 * order.
 */

/**
 * Deletes effects that were decided before that moment, except those that an endpoint has not got yet. It
 * records how far the outbox is emptied, so that a stream that resumes from an earlier place gets a reset.
 */
export async function emptyOutbox(pool: Pool, before: Date): Promise<number> {
  return inPieces(async (atMost) => {
    const { rows } = await pool.query<{ gone: number }>(
      `WITH gone AS (
         DELETE FROM outbox o WHERE id IN (SELECT id FROM outbox ORDER BY id LIMIT $2) AND created_at < $1
           AND NOT EXISTS (SELECT FROM webhooks w WHERE w.account = o.account
             AND (w.heard_xid, w.heard_id) < (o.xid, o.id))
         RETURNING xid, id
       ), last AS (
         SELECT xid, id FROM gone ORDER BY xid DESC, id DESC LIMIT 1
       ), moved AS (
         UPDATE outbox_horizon h SET xid = last.xid, id = last.id FROM last WHERE (h.xid, h.id) < (last.xid, last.id)
       )
       SELECT count(*)::int AS gone FROM gone`,
      [before, atMost],
    );
    return rows[0]?.gone ?? 0;
  });
}

/** Deletes deliveries that ended before that moment. */
export function emptyDeliveries(pool: Pool, before: Date): Promise<number> {
  return inPieces(async (atMost) => {
    const { rowCount } = await pool.query(
      `DELETE FROM deliveries WHERE (webhook, nth) IN (
         SELECT webhook, nth FROM deliveries WHERE ended_at < $1 LIMIT $2)`,
      [before, atMost],
    );
    return rowCount ?? 0;
  });
}

/** Deletes the deliveries of endpoints that are no more. Which there are is found by leaps through the index. */
export function emptyAbandoned(pool: Pool): Promise<number> {
  return inPieces(async (atMost) => {
    const { rowCount } = await pool.query(
      `WITH RECURSIVE endpoints AS (
         SELECT min(webhook) AS webhook FROM deliveries
         UNION ALL
         SELECT (SELECT min(webhook) FROM deliveries d WHERE d.webhook > e.webhook) FROM endpoints e
         WHERE e.webhook IS NOT NULL
       ), abandoned AS (
         SELECT webhook FROM endpoints e WHERE webhook IS NOT NULL
           AND NOT EXISTS (SELECT FROM webhooks w WHERE w.webhook = e.webhook) LIMIT 1
       )
       DELETE FROM deliveries WHERE webhook = (SELECT webhook FROM abandoned) AND nth IN (
         SELECT nth FROM deliveries WHERE webhook = (SELECT webhook FROM abandoned) ORDER BY nth LIMIT $1)`,
      [atMost],
    );
    return rowCount ?? 0;
  });
}

/**
 * Each cluster has its own transaction ids. After a dump was restored into another cluster, stored ids may be
 * in its future, and no reader would read those rows for a long time. Then all rows get this transaction's
 * id, in the order of their ids; endpoints go on from the first that they have not heard of, and streams
 * begin anew.
 *
 * @returns whether that was so
 */
export async function takeOverOutbox(pool: Pool): Promise<boolean> {
  const { rows } = await pool.query<{ ahead: boolean }>(
    `SELECT EXISTS (SELECT FROM outbox WHERE xid >= pg_snapshot_xmax(pg_current_snapshot()))
       OR EXISTS (SELECT FROM outbox_horizon WHERE xid >= pg_snapshot_xmax(pg_current_snapshot()))
       OR EXISTS (SELECT FROM webhooks WHERE heard_xid > pg_snapshot_xmax(pg_current_snapshot())) AS ahead`,
  );
  if (!rows[0]?.ahead) return false;
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await client.query(
      `UPDATE webhooks w SET since = '1:1:', heard_xid = pg_current_xact_id(), heard_id = coalesce(
         (SELECT min(id) - 1 FROM outbox o WHERE o.account = w.account AND (o.xid, o.id) > (w.heard_xid, w.heard_id)),
         (SELECT max(id) FROM outbox), 0)`,
    );
    await client.query(
      `UPDATE outbox_horizon SET xid = pg_current_xact_id(), id = coalesce((SELECT max(id) FROM outbox), 0)`,
    );
    await client.query('UPDATE outbox SET xid = pg_current_xact_id()');
    await client.query('COMMIT');
    client.release();
    return true;
  } catch (error) {
    client.release(error instanceof Error ? error : true); // with its transaction
    throw error;
  }
}
