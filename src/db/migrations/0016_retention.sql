-- Up Migration

-- How long an inbox keeps what is no longer needed to decide; null: without end.
ALTER TABLE inboxes ADD COLUMN retention jsonb NOT NULL
  DEFAULT '{"timeline_days": null, "closed_days": null, "deliveries_days": 30}';
DROP TRIGGER audited ON inboxes;
SELECT keep_audited('inboxes', 'inbox', 'inbox', 'settings, retention');

-- Deletes what an inbox no longer keeps, of the conversations after `after`: of at most so many conversations, and about as many
-- rows of theirs. No process may delete these rows otherwise. The first entry that stays in a timeline gets the whole record, so
-- that the entries applied in order still give the record at any time. The last entry always stays.
-- @returns the conversation from which the next call goes on, null when there is none; and how many rows were deleted
DO $do$ BEGIN
  EXECUTE format($make$
CREATE FUNCTION age_out(of_account text, of_inbox text, after text, conversations integer, at_most integer,
  OUT last text, OUT gone integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = %1$I, pg_temp SET enable_seqscan = off AS $$
DECLARE
  timeline_until timestamptz;
  closed_until timestamptz;
  deliveries_until timestamptz;
  page text[];
  c record;
  cut integer;
  first_kept integer;
  deleted integer;
BEGIN
  gone := 0;
  SELECT now() - (retention ->> 'timeline_days')::integer * interval '1 day',
    now() - (retention ->> 'closed_days')::integer * interval '1 day',
    now() - (retention ->> 'deliveries_days')::integer * interval '1 day'
  INTO timeline_until, closed_until, deliveries_until
  FROM inboxes WHERE account = of_account AND inbox = of_inbox;
  page := ARRAY(SELECT k.conversation FROM conversations k
    WHERE k.account = of_account AND k.inbox = of_inbox AND k.conversation > after ORDER BY k.conversation LIMIT conversations);
  FOR c IN
    SELECT k.conversation, k.episode, k.survey ->> 'survey' AS survey, newest.seq AS newest,
      k.status = 'closed' AND k.closed_at < closed_until AS is_over
    FROM unnest(page) WITH ORDINALITY AS asked(conversation, nth)
    CROSS JOIN LATERAL (
      SELECT * FROM conversations k
      WHERE k.account = of_account AND k.inbox = of_inbox AND k.conversation = asked.conversation LIMIT 1
    ) k
    LEFT JOIN LATERAL (
      SELECT t.seq FROM timeline t
      WHERE t.account = of_account AND t.inbox = of_inbox AND t.conversation = k.conversation ORDER BY t.seq DESC LIMIT 1
    ) newest ON true
    ORDER BY asked.nth
  LOOP
    SELECT max(t.seq) INTO cut FROM (
      SELECT t.seq, t.at FROM timeline t
      WHERE t.account = of_account AND t.inbox = of_inbox AND t.conversation = c.conversation AND t.seq < c.newest
      ORDER BY t.seq LIMIT at_most
    ) t WHERE t.at < timeline_until OR c.is_over;
    IF cut IS NOT NULL THEN
      SELECT t.seq INTO first_kept FROM timeline t
      WHERE t.account = of_account AND t.inbox = of_inbox AND t.conversation = c.conversation AND t.seq > cut
      ORDER BY t.seq LIMIT 1;
      UPDATE timeline k SET changes = (
        SELECT jsonb_object_agg(change.key, change.value ORDER BY t.seq) FROM timeline t, jsonb_each(t.changes) change
        WHERE t.account = of_account AND t.inbox = of_inbox AND t.conversation = c.conversation AND t.seq <= first_kept)
      WHERE k.account = of_account AND k.inbox = of_inbox AND k.conversation = c.conversation AND k.seq = first_kept;
      DELETE FROM timeline t
      WHERE t.account = of_account AND t.inbox = of_inbox AND t.conversation = c.conversation AND t.seq <= cut;
      GET DIAGNOSTICS deleted = ROW_COUNT;
      gone := gone + deleted;
    END IF;
    IF c.is_over THEN
      DELETE FROM episodes e
      WHERE e.account = of_account AND e.inbox = of_inbox AND e.conversation = c.conversation AND e.episode < c.episode;
      GET DIAGNOSTICS deleted = ROW_COUNT;
      gone := gone + deleted;
      UPDATE surveys s SET comment = NULL -- what was scored stays for the reports
      WHERE s.account = of_account AND s.inbox = of_inbox AND s.conversation = c.conversation AND s.comment IS NOT NULL
        AND s.survey IS DISTINCT FROM c.survey;
    END IF;
    DELETE FROM deliveries d
    WHERE d.account = of_account AND d.inbox = of_inbox AND d.conversation = c.conversation AND d.ended_at < deliveries_until;
    GET DIAGNOSTICS deleted = ROW_COUNT;
    gone := gone + deleted;
    -- a long timeline goes on in the next call
    EXIT WHEN gone >= at_most;
    last := c.conversation;
  END LOOP;
  IF gone >= at_most THEN
    last := coalesce(last, after);
  END IF;
END $$ $make$, current_schema());
END $do$;
REVOKE EXECUTE ON FUNCTION age_out(text, text, text, integer, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION age_out(text, text, text, integer, integer) TO conversations_worker;
