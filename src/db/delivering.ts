import type { Pool, PoolClient } from 'pg';
import type { Attempt } from './deliveries';
import { rowTypes } from './rows';
import type { SealedSecret } from './webhooks';

/** The statements that deliver to an endpoint. Times are epoch milliseconds. */

export interface Endpoint {
  account: string;
  webhook: string;
}

/** An endpoint as it is delivered to. */
export interface Recipient extends Endpoint, Health {
  kind: 'http' | 'whatsapp';
  /** '' for a channel */
  url: string;
  state: 'active' | 'paused';
  secrets: SealedSecret[];
}

/** Whether an endpoint takes what it is sent. */
export interface Health {
  /** in a row */
  failures: number;
  /** it gets nothing before */
  held_until: number | null;
}

/** A delivery that is due, or that follows one in its conversation. */
export interface Due {
  nth: number;
  /** null: a test, which is in no conversation */
  inbox: string | null;
  conversation: string | null;
  body: string;
  tries: number;
  first_try_at: number | null;
}

/** The result of one try. `due_at`: when it is tried again, if it is. */
export interface Outcome {
  nth: number;
  state: 'pending' | 'delivered' | 'parked';
  due_at: number | null;
  attempt: Attempt;
}

/** A workflow that was woken and does not claim deliveries within this time is woken again, because the process that wakes it may die. */
export const TOLD_AGAIN_MS = 60_000;

const RECIPIENT = `account, webhook, kind, url, state, secrets, failures,
  (extract(epoch FROM held_until) * 1000)::float8 AS held_until`;

/** What is written of an endpoint, and read for it. */
export interface Exchange {
  now: number;
  /** until when nobody needs to wake the workflow: it runs, or its next visit is planned */
  attended_until: number;
  outcomes: Outcome[];
  /** null: as it was */
  health: Health | null;
  /** the receiver wants nothing any more */
  paused: boolean;
  /** the deliveries in hand, which are not read again */
  without: number[];
  /** how many are read, in all and of a conversation, in the endpoint's present state */
  most: (recipient: Recipient) => { all: number; each: number };
}

export interface Exchanged {
  recipient: Recipient;
  due: Due[];
  /** when the next one is due, if none was read */
  next: number | null;
}

/**
 * Writes the results of deliveries and reads the next: those due longest first, each with those that follow it
 * in its conversation, in order.
 * @returns null if the endpoint does not exist any more
 */
export async function exchange(pool: Pool, webhook: string, options: Exchange): Promise<Exchanged | null> {
  // A result that is lost with the machine is delivered again, under its id: no need to wait for the disk.
  const begin = 'BEGIN; SET LOCAL synchronous_commit = off';
  const recipient = await transaction(pool, begin, async (client) => {
    const attended = await attend(client, webhook, options); // locks the endpoint's row
    if (attended && options.outcomes.length > 0) await writeOutcomes(client, webhook, options);
    return attended;
  });
  if (!recipient) return null;
  // Not in the transaction: while one is open, streams and endpoints hear of nothing that was decided since.
  const due = await readDue(pool, webhook, options, options.most(recipient));
  const next = due.length > 0 ? null : await nextDue(pool, recipient);
  return { recipient, due, next };
}

/**
 * The visit is over. The workflow comes back by itself at `next`, and must be woken if a delivery is due
 * earlier.
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

/**
 * Where all that was tried of a conversation has ended, its next one is due. Rows are looked up in the order of the
 * index that is meant: only that one gives it without a sort, so it is taken with any statistics. A backlog grows
 * and shrinks faster than they do.
 */
const WRITE = `
WITH outcomes AS (
  SELECT o.*, d.ctid AS place
  FROM json_to_recordset($2::json) AS o(nth bigint, state text, due_at timestamptz, attempt jsonb), LATERAL (
    SELECT d.ctid, d.nth FROM deliveries d WHERE d.webhook = $1 AND d.nth BETWEEN o.nth AND o.nth ORDER BY d.nth LIMIT 1) d
), done AS (
  UPDATE deliveries d SET state = o.state, due_at = coalesce(o.due_at, d.due_at), tries = d.tries + 1,
    first_try_at = coalesce(d.first_try_at, (o.attempt ->> 'at')::timestamptz), attempts = d.attempts || o.attempt,
    ended_at = CASE WHEN o.state <> 'pending' THEN $3::timestamptz END
  FROM outcomes o WHERE d.ctid = o.place AND d.state = 'pending'
  RETURNING d.inbox, d.conversation, d.nth, d.state
), ended AS (
  SELECT inbox, conversation, max(nth) AS nth FROM done GROUP BY 1, 2 HAVING bool_and(state <> 'pending')
), behind AS MATERIALIZED (
  SELECT d.place FROM ended e, LATERAL (
    SELECT d.*, d.ctid AS place FROM deliveries d WHERE d.webhook = $1 AND d.state = 'pending'
      AND (d.inbox, d.conversation, d.nth) > (e.inbox, e.conversation, e.nth)
    ORDER BY d.inbox, d.conversation, d.nth LIMIT 1) d
  WHERE d.inbox = e.inbox AND d.conversation = e.conversation AND d.due_at = 'infinity'
)
UPDATE deliveries d SET due_at = $3 FROM behind b WHERE d.ctid = b.place`;

async function writeOutcomes(
  client: PoolClient,
  webhook: string,
  { outcomes, now }: Exchange,
): Promise<void> {
  const written = outcomes.map((o) => ({ ...o, due_at: o.due_at === null ? null : new Date(o.due_at) }));
  const values = [webhook, JSON.stringify(written), new Date(now)];
  await client.query({ name: 'write_outcomes', text: WRITE, values });
}

async function attend(
  client: PoolClient,
  webhook: string,
  { attended_until, health, paused }: Exchange,
): Promise<Recipient | null> {
  const { rows } = await client.query<Recipient>({
    // the state is audited, so it is named only where it changes
    text: `UPDATE webhooks SET attended_until = $2, wake_at = $2${paused ? `, state = 'paused'` : ''},
             failures = CASE WHEN $3 THEN $4 ELSE failures END,
             held_until = CASE WHEN $3 THEN $5 ELSE held_until END
           WHERE webhook = $1 RETURNING ${RECIPIENT}`,
    values: [
      webhook,
      new Date(attended_until),
      health !== null,
      health?.failures ?? 0,
      health?.held_until == null ? null : new Date(health.held_until),
    ],
    types: rowTypes,
  });
  return rows[0] ?? null;
}

/** The limit falls into the last conversation, whose first ones are read. A test is in no conversation. */
const READ = `
WITH first AS MATERIALIZED (
  SELECT nth, inbox, conversation FROM deliveries
  WHERE webhook = $1 AND state = 'pending' AND due_at <= $2 AND due_at < 'infinity' AND nth <> ALL ($3::bigint[])
  ORDER BY due_at, nth LIMIT $4
)
SELECT d.nth, d.inbox, d.conversation, d.body, d.tries, (extract(epoch FROM d.first_try_at) * 1000)::float8 AS first_try_at
FROM first f, LATERAL (
  SELECT * FROM (
    SELECT * FROM deliveries d WHERE d.webhook = $1 AND d.state = 'pending'
      AND (d.inbox, d.conversation, d.nth) >= (f.inbox, f.conversation, f.nth)
    ORDER BY d.inbox, d.conversation, d.nth LIMIT $5) d
  WHERE d.inbox = f.inbox AND d.conversation = f.conversation
  UNION ALL
  SELECT * FROM deliveries d WHERE f.inbox IS NULL AND d.webhook = $1 AND d.nth = f.nth
) d
WHERE d.nth <> ALL ($3::bigint[]) LIMIT $4`;

async function readDue(
  pool: Pool,
  webhook: string,
  { now, without }: Exchange,
  { all, each }: { all: number; each: number },
): Promise<Due[]> {
  if (all === 0) return [];
  const { rows } = await pool.query<Due>({
    ...{ name: 'read_due', text: READ },
    values: [webhook, new Date(now), without, all, each],
    types: rowTypes,
  });
  return rows;
}

async function nextDue(pool: Pool, { webhook, state, held_until }: Recipient): Promise<number | null> {
  if (state === 'paused') return null;
  const { rows } = await pool.query<{ at: number | null }>({
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
export function holding<T>(
  pool: Pool,
  webhook: string,
  work: (client: PoolClient) => Promise<T>,
): Promise<T> {
  return transaction(pool, 'BEGIN', async (client) => {
    await client.query('SELECT FROM webhooks WHERE webhook = $1 FOR UPDATE', [webhook]);
    return work(client);
  });
}

async function transaction<T>(
  pool: Pool,
  begin: string,
  work: (client: PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query(begin);
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
