import type { AccountDatabase } from './database';

/** A place in the outbox, in the order in which it is read: `id` within `xid`. */
export interface Position {
  xid: string;
  id: number;
}

/** An effect for a stream: the text, and its place. */
export interface Told extends Position {
  inbox: string;
  type: string;
  body: string;
}

/** The new part of an account's outbox. */
export interface News {
  told: Told[];
  /** the place up to which it was read */
  position: Position;
  /** there is more: a page was full, or a transaction that is still open could come before it */
  more: boolean;
}

/** The places at which a stream may begin. */
export interface Ground {
  /** names the history that positions belong to: another cluster, or one that was restored, has another */
  generation: string;
  /** the place up to which the outbox is emptied */
  horizon: Position;
  /** nothing of before it can come any more */
  now: Position;
}

export function isBefore(a: Position, b: Position): boolean {
  const [x, y] = [BigInt(a.xid), BigInt(b.xid)];
  return x < y || (x === y && a.id < b.id);
}

export async function findGround(db: AccountDatabase): Promise<Ground> {
  const [row] = await db.query<{ generation: string; xid: string; id: number; xmin: string }>({
    text: `SELECT left(md5(concat_ws('/', s.system_identifier, c.timeline_id, d.oid)), 8) AS generation, h.xid::text, h.id,
             pg_snapshot_xmin(pg_current_snapshot())::text AS xmin
           FROM pg_control_system() s, pg_control_checkpoint() c, pg_database d, outbox_horizon h
           WHERE d.datname = current_database()`,
  });
  if (!row) throw new Error('the outbox has no horizon');
  const { generation, xid, id, xmin } = row;
  return { generation, horizon: { xid, id }, now: { xid: xmin, id: 0 } };
}

/** The account's effects, in order, without those before which an open transaction could still add one. */
export async function readNews(db: AccountDatabase, after: Position, limit: number): Promise<News> {
  const rows = await db.query<Told & { xmin: string; settled: boolean | null }>({
    name: 'read_news',
    text: `SELECT now.xmin::text, o.xid::text, o.id, o.inbox, o.type, o.payload::text AS body, o.xid < now.xmin AS settled
           FROM (SELECT pg_snapshot_xmin(pg_current_snapshot()) AS xmin) now LEFT JOIN LATERAL (
             SELECT * FROM outbox WHERE account = $1 AND (xid, id) > ($2::xid8, $3::bigint)
             ORDER BY xid, id LIMIT $4) o ON true
           ORDER BY o.xid, o.id`,
    values: [db.account, after.xid, after.id, limit],
  });
  const xmin = rows[0]?.xmin ?? after.xid;
  const found = rows.filter((row) => row.settled !== null);
  const told = found.filter((row) => row.settled);
  const last = told.at(-1);
  const more = found.length === limit || told.length < found.length;
  if (found.length === limit && last) return { told, position: { xid: last.xid, id: last.id }, more };
  const now = { xid: xmin, id: 0 };
  return { told, position: isBefore(after, now) ? now : after, more };
}

/** The effects of an inbox that a resuming stream has missed, up to the place of the other streams. */
export function readMissed(
  db: AccountDatabase,
  inbox: string,
  after: Position,
  upTo: Position,
  limit: number,
): Promise<Told[]> {
  return db.query<Told>({
    name: 'read_missed',
    text: `SELECT xid::text, id, inbox, type, payload::text AS body FROM outbox
           WHERE account = $1 AND inbox = $2 AND (xid, id) > ($3::xid8, $4::bigint) AND (xid, id) <= ($5::xid8, $6::bigint)
           ORDER BY xid, id LIMIT $7`,
    values: [db.account, inbox, after.xid, after.id, upTo.xid, upTo.id, limit],
  });
}
