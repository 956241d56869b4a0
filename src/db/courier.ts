import type { Pool, PoolClient } from 'pg';
import type { Attempt } from './deliveries';
import { rowTypes } from './rows';
import type { SealedSecret } from './webhooks';

/** The worker's statements about endpoints and their deliveries. Times are epoch milliseconds. */

export interface Endpoint {
  account: string;
  webhook: string;
}

/** An endpoint as it is delivered to. */
export interface Recipient extends Endpoint {
  kind: 'http' | 'whatsapp';
  /** '' for a channel */
  url: string;
  state: 'active' | 'paused';
  secrets: SealedSecret[];
  failures: number;
  held_until: number | null;
}

/** A delivery that is due. */
export interface Due {
  nth: number;
  body: string;
  tries: number;
  first_try_at: number | null;
}

/** The result of one delivery. `due_at`: when it is tried again, if it is. */
export interface Outcome {
  nth: number;
  state: 'pending' | 'delivered' | 'parked';
  due_at: number | null;
  attempt: Attempt;
}

/** How a round of deliveries changes its endpoint. */
export interface Health {
  failures: number;
  held_until: number | null;
  paused: boolean;
}

const RECIPIENT = `account, webhook, kind, url, state, secrets, failures,
  (extract(epoch FROM held_until) * 1000)::float8 AS held_until`;
const ENDPOINTS = 100;
const PIECE = 500;
/** A workflow that was woken and does not claim deliveries within this time is woken again: whoever wakes it may die before. */
const TOLD_AGAIN_MS = 60_000;

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

export interface Round {
  recipient: Recipient;
  due: Due[];
  /** when the next one is due, if none is due now */
  next: number | null;
}

/** How a round takes and leaves deliveries. */
export interface RoundOptions {
  now: number;
  /** how many may be taken, in the endpoint's present state */
  most: (recipient: Recipient) => number;
  /** until when nobody needs to wake the workflow: this round runs, or the next one is planned */
  attended_until: number;
}

/**
 * Writes the results of the last round and takes the next deliveries: the first of each conversation, those
 * due longest first.
 * @returns null if the endpoint does not exist any more
 */
export async function nextRound(
  pool: Pool,
  webhook: string,
  outcomes: Outcome[],
  health: Health | null,
  options: RoundOptions,
): Promise<Round | null> {
  return holding(pool, webhook, async (client) => {
    if (outcomes.length > 0) await writeOutcomes(client, webhook, outcomes, options.now);
    const recipient = await attend(client, webhook, health, options.attended_until);
    if (!recipient) return null;
    const due = await takeDue(client, webhook, options.now, options.most(recipient));
    const next = due.length > 0 ? null : await nextDue(client, recipient);
    return { recipient, due, next };
  });
}

/**
 * The workflow has finished its round. It comes back by itself at `next`, and must be woken if a delivery is
 * due earlier.
 */
export async function leave(pool: Pool, webhook: string, next: number | null, now: number): Promise<void> {
  await holding(pool, webhook, (client) =>
    client.query(
      `UPDATE webhooks SET attended_until = '-infinity',
         wake_at = CASE WHEN EXISTS (SELECT FROM deliveries d WHERE d.webhook = $1 AND d.state = 'pending'
           AND d.due_at <= $3) THEN $3 ELSE $2::timestamptz END
       WHERE webhook = $1`,
      [webhook, next === null ? 'infinity' : new Date(next + TOLD_AGAIN_MS), new Date(now)],
    ),
  );
}

const WRITE = `
WITH outcomes AS (
  SELECT * FROM json_to_recordset($2::json) AS o(nth bigint, state text, due_at timestamptz, attempt jsonb)
), done AS (
  UPDATE deliveries d SET state = o.state, due_at = coalesce(o.due_at, d.due_at), tries = d.tries + 1,
    first_try_at = coalesce(d.first_try_at, (o.attempt ->> 'at')::timestamptz), attempts = d.attempts || o.attempt,
    ended_at = CASE WHEN o.state <> 'pending' THEN $3::timestamptz END
  FROM outcomes o WHERE d.webhook = $1 AND d.nth = o.nth AND d.state = 'pending'
  RETURNING d.inbox, d.conversation, d.nth, d.state
), behind AS MATERIALIZED (
  SELECT n.nth FROM done, LATERAL (
    SELECT nth FROM deliveries d WHERE d.webhook = $1 AND d.inbox = done.inbox AND d.conversation = done.conversation
      AND d.state = 'pending' AND d.nth > done.nth ORDER BY nth LIMIT 1) n
  WHERE done.state <> 'pending'
)
UPDATE deliveries d SET due_at = $3 FROM behind WHERE d.webhook = $1 AND d.nth = behind.nth`;

async function writeOutcomes(
  client: PoolClient,
  webhook: string,
  outcomes: Outcome[],
  now: number,
): Promise<void> {
  const written = outcomes.map((o) => ({ ...o, due_at: o.due_at === null ? null : new Date(o.due_at) }));
  const values = [webhook, JSON.stringify(written), new Date(now)];
  await client.query({ name: 'write_outcomes', text: WRITE, values });
}

async function attend(
  client: PoolClient,
  webhook: string,
  health: Health | null,
  until: number,
): Promise<Recipient | null> {
  const { rows } = await client.query<Recipient>({
    text: `UPDATE webhooks SET attended_until = $2, wake_at = $2,
             failures = CASE WHEN $3 THEN $4 ELSE failures END,
             held_until = CASE WHEN $3 THEN $5 ELSE held_until END,
             state = CASE WHEN $6 THEN 'paused' ELSE state END
           WHERE webhook = $1 RETURNING ${RECIPIENT}`,
    values: [
      webhook,
      new Date(until),
      health !== null,
      health?.failures ?? 0,
      health?.held_until == null ? null : new Date(health.held_until),
      health?.paused ?? false,
    ],
    types: rowTypes,
  });
  return rows[0] ?? null;
}

async function takeDue(client: PoolClient, webhook: string, now: number, most: number): Promise<Due[]> {
  if (most === 0) return [];
  const { rows } = await client.query<Due>({
    name: 'take_due',
    text: `SELECT nth, body, tries, (extract(epoch FROM first_try_at) * 1000)::float8 AS first_try_at FROM deliveries
           WHERE webhook = $1 AND state = 'pending' AND due_at <= $2 AND due_at < 'infinity'
           ORDER BY due_at, nth LIMIT $3`,
    values: [webhook, new Date(now), most],
    types: rowTypes,
  });
  return rows;
}

async function nextDue(
  client: PoolClient,
  { webhook, state, held_until }: Recipient,
): Promise<number | null> {
  if (state === 'paused') return null;
  const { rows } = await client.query<{ at: number | null }>({
    text: `SELECT (extract(epoch FROM min(due_at)) * 1000)::float8 AS at FROM deliveries
           WHERE webhook = $1 AND state = 'pending' AND due_at < 'infinity'`,
    values: [webhook],
  });
  const at = rows[0]?.at ?? null;
  return at === null ? null : Math.max(at, held_until ?? 0);
}

/**
 * Runs in a transaction that locks the endpoint's row, so that each change of its lanes sees the changes
 * before.
 */
async function holding<T>(pool: Pool, webhook: string, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await client.query('SELECT FROM webhooks WHERE webhook = $1 FOR UPDATE', [webhook]);
    const result = await work(client);
    await client.query('COMMIT');
    client.release();
    return result;
  } catch (error) {
    await client.query('ROLLBACK').then(
      () => client.release(),
      (broken: unknown) => client.release(broken instanceof Error ? broken : true),
    );
    throw error;
  }
}
