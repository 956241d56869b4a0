import type { Pool } from 'pg';

/** Rows of conversations without their events, for tests that only read. */
export interface Row {
  conversation: string;
  status?: string;
  archived?: boolean;
  unread?: boolean;
  agent?: string | null;
  team?: string | null;
  tags?: string[];
  snoozed?: boolean;
  /** seconds ago */
  active?: number;
  /** seconds ago; absent: no customer waits */
  waiting?: number;
  blocked?: boolean;
  opted_out?: boolean;
  /** seconds from now until the customer's window closes; absent: it never opened */
  window?: number;
}

export async function insertRows(pool: Pool, account: string, inbox: string, rows: Row[]): Promise<void> {
  await pool.query(
    `INSERT INTO conversations (account, inbox, conversation, status, archived, unread, assignee, tags, snoozed_until,
       last_activity_at, waiting_since, waiting_on, blocked, opted_out, window_closes_at, flow, close, closed_at)
     SELECT $1, $2, r.conversation, coalesce(r.status, 'new'), coalesce(r.archived, false), coalesce(r.unread, false),
       jsonb_build_object('team', r.team, 'agent', r.agent),
       (SELECT coalesce(jsonb_agg(jsonb_build_object('name', t, 'locked', false)), '[]') FROM unnest(r.tags) t),
       CASE WHEN r.snoozed THEN now() + interval '1 day' END,
       now() - coalesce(r.active, 0) * interval '1 second', now() - r.waiting * interval '1 second',
       CASE coalesce(r.status, 'new') WHEN 'in_flow' THEN 'bot' WHEN 'resolved' THEN 'survey' WHEN 'closed' THEN 'nobody'
         WHEN 'not_contacted' THEN 'nobody' ELSE CASE WHEN r.waiting IS NULL THEN 'customer' ELSE 'agent' END END,
       coalesce(r.blocked, false), coalesce(r.opted_out, false), now() + r."window" * interval '1 second',
       CASE WHEN r.status = 'in_flow' THEN
         '{"flow": "f", "execution": "x", "source": "flow", "has_priority": false, "interrupted": null,
           "started_at": "2026-01-01T00:00:00.000Z", "last_activity_at": "2026-01-01T00:00:00.000Z", "expires_at": null,
           "assigned": false, "customer_wrote": false}'::jsonb END,
       CASE WHEN r.status IN ('resolved', 'closed') THEN '{"by": "agent", "agent": null, "reason": null}'::jsonb END,
       CASE WHEN r.status = 'closed' THEN now() END
     FROM json_to_recordset($3::json) AS r(conversation text, status text, archived boolean, unread boolean,
       agent text, team text, tags text[], snoozed boolean, active float, waiting float, blocked boolean, opted_out boolean, "window" float)`,
    [account, inbox, JSON.stringify(rows)],
  );
}
