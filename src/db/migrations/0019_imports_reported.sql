-- Up Migration

-- An import brings hundreds of conversations in a statement, each with one entry that holds the whole record. Reports count all of
-- them at once, as rebuild_reports would one by one.
DO $do$ BEGIN EXECUTE format($make$
CREATE OR REPLACE FUNCTION timeline_reported() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = %1$I, pg_temp SET enable_seqscan = off AS $$
DECLARE
  t timeline;
  whole text[]; -- the conversation that was counted from its beginning
BEGIN
  IF EXISTS (SELECT FROM told n WHERE n.type = 'imported') THEN
    INSERT INTO report_episodes (account, inbox, conversation, episode, opened_at, opened_by, answered_at, first_closed_at,
      closed_at, closed_by, closed_agent, agent, team, first_resolution, full_resolution, status, since)
    SELECT e.account, e.inbox, e.conversation, e.episode, e.started_at, e.opened_by, e.first_reply_at, e.closed_at,
      e.closed_at, e.close ->> 'by', e.close ->> 'agent', e.assignee ->> 'agent', e.assignee ->> 'team',
      milliseconds(e.started_at, e.closed_at), milliseconds(e.started_at, e.closed_at), 'closed', coalesce(e.closed_at, e.started_at)
    FROM told n, LATERAL (
      SELECT * FROM episodes e WHERE e.account = n.account AND e.inbox = n.inbox AND e.conversation = n.conversation
        AND e.episode < (n.changes ->> 'episode')::integer OFFSET 0
    ) e WHERE n.type = 'imported';
    INSERT INTO report_episodes (account, inbox, conversation, episode, opened_at, opened_by, returned, answered_at,
      first_closed_at, closed_at, closed_by, closed_agent, agent, team, first_resolution, full_resolution, status, since,
      waiting_since, is_snoozed)
    SELECT n.account, n.inbox, n.conversation, (n.changes ->> 'episode')::integer, o.opened_at, n.changes ->> 'opened_by',
      coalesce(n.at < before.closed_at + interval '7 days', false), (n.changes ->> 'first_reply_at')::timestamptz,
      o.closed_at, o.closed_at, n.changes -> 'close' ->> 'by', n.changes -> 'close' ->> 'agent',
      n.changes -> 'assignee' ->> 'agent', n.changes -> 'assignee' ->> 'team', o.took, o.took, n."to", n.at, (n.changes ->> 'waiting_since')::timestamptz,
      n.changes ->> 'snoozed_until' IS NOT NULL
    FROM told n, LATERAL (
      SELECT coalesce((n.changes ->> 'started_at')::timestamptz, n.at) AS opened_at,
        CASE WHEN n."to" IN ('resolved', 'closed') THEN coalesce((n.changes ->> 'closed_at')::timestamptz, n.at) END AS closed_at
    ) b, LATERAL (
      SELECT b.opened_at, b.closed_at, CASE WHEN b.closed_at IS NOT NULL THEN milliseconds(b.opened_at, b.closed_at) END AS took
    ) o LEFT JOIN LATERAL (
      SELECT e.closed_at FROM episodes e WHERE e.account = n.account AND e.inbox = n.inbox AND e.conversation = n.conversation
        AND e.episode < (n.changes ->> 'episode')::integer ORDER BY e.episode DESC LIMIT 1
    ) before ON true
    WHERE n.type = 'imported' AND (n.changes ->> 'episode')::integer > 0;
  END IF;
  FOR t IN SELECT n.* FROM told n WHERE is_reported(n) AND n.type <> 'imported'
    ORDER BY n.account, n.inbox, n.conversation, n.seq
  LOOP
    CONTINUE WHEN whole = ARRAY[t.account, t.inbox, t.conversation];
    IF NOT report(t, false) THEN
      PERFORM rebuild_reports(t.account, t.inbox, t.conversation);
      whole := ARRAY[t.account, t.inbox, t.conversation];
    END IF;
  END LOOP;
  RETURN NULL;
END $$ $make$, current_schema()); END $do$;
