import type { Query } from './database';

/** What endpoints have not been told. Ages in seconds. */
export interface Backlog {
  /** of the oldest effect of which no delivery was made yet */
  unheard_age: number;
  /** of the oldest delivery that waits, of those first in their conversation */
  undelivered_age: number;
  /** deliveries that wait, at most 10,000 of each endpoint */
  waiting: number;
  active: number;
  failing: number;
  paused: number;
}

const LIMIT_MS = 1_500;
const MOST = 10_000;

/** Each part reads one index, and no more of it than it needs: somebody asks every few seconds. */
const BACKLOG = `
SELECT
  coalesce((SELECT max(extract(epoch FROM now() - o.created_at)) FROM webhooks w, LATERAL (
    SELECT created_at FROM outbox o WHERE o.account = w.account AND (o.xid, o.id) > (w.heard_xid, w.heard_id)
    ORDER BY o.xid, o.id LIMIT 1) o WHERE w.state = 'active'), 0)::float8 AS unheard_age,
  coalesce((SELECT max(extract(epoch FROM now() - d.created_at)) FROM webhooks w, LATERAL (
    SELECT created_at FROM deliveries d WHERE d.webhook = w.webhook AND d.state = 'pending' AND d.due_at < 'infinity'
    ORDER BY d.due_at, d.nth LIMIT ${MOST}) d WHERE w.state = 'active'), 0)::float8 AS undelivered_age,
  (SELECT count(*) FROM webhooks w, LATERAL (
    SELECT FROM deliveries d WHERE d.webhook = w.webhook AND d.state = 'pending' LIMIT ${MOST}) d)::int AS waiting,
  (SELECT count(*) FROM webhooks WHERE state = 'active' AND failures < $1)::int AS active,
  (SELECT count(*) FROM webhooks WHERE state = 'active' AND failures >= $1)::int AS failing,
  (SELECT count(*) FROM webhooks WHERE state = 'paused')::int AS paused`;

/**
 * Of every account, or of that of the database that asks.
 *
 * @param breaksAfter how many failures in a row make an endpoint a failing one
 */
export async function backlogOf(query: Query, breaksAfter: number): Promise<Backlog> {
  const [row] = await query<Backlog & Record<string, unknown>>({
    name: 'backlog',
    text: BACKLOG,
    values: [breaksAfter],
    limitMs: LIMIT_MS,
  });
  return row as Backlog;
}
