-- Up Migration

-- The rules' second edition. Rows that were written before it are given what they would say, had it always been there.

-- What is kept beside the conversations is made anew at the end.
DROP TRIGGER conversations_insert ON conversations;
DROP TRIGGER conversations_update ON conversations;
DROP TRIGGER conversations_delete ON conversations;
DROP FUNCTION conversations_insert, conversations_update, conversations_delete, fold_conversation_counts;
DROP TABLE conversation_tags, conversation_counts;

ALTER TABLE conversations
  ADD COLUMN blocked                   boolean NOT NULL DEFAULT false,
  ADD COLUMN opted_out                 boolean NOT NULL DEFAULT false,
  ADD COLUMN waiting_on                text NOT NULL DEFAULT 'nobody'
    CHECK (waiting_on IN ('agent', 'customer', 'bot', 'survey', 'nobody')),
  ADD COLUMN opened_by                 text
    CHECK (opened_by IN ('message', 'agent_reply', 'flow', 'broadcast', 'inbound')),
  ADD COLUMN untouched                 boolean NOT NULL DEFAULT true,
  ADD COLUMN ended_executions          jsonb NOT NULL DEFAULT '[]',
  ADD COLUMN last_automatic_message_at timestamptz,
  ADD COLUMN window_opened_at          timestamptz,
  ADD COLUMN window_closes_at          timestamptz;

ALTER TABLE episodes ADD COLUMN opened_by text
  CHECK (opened_by IN ('message', 'agent_reply', 'flow', 'broadcast', 'inbound'));

ALTER TABLE surveys
  ADD COLUMN failure text,
  DROP CONSTRAINT surveys_state_check,
  ADD CONSTRAINT surveys_state_check CHECK (state IN ('pending', 'answered', 'expired', 'superseded', 'failed'));

-- An inbox keeps the basis that it was made under, and shows the other settings there are now.
UPDATE inboxes SET settings =
  '{"customer_window_seconds": 86400, "assignee_on_resume": "keep"}' || settings || jsonb_build_object(
    'csat', '{"pause_seconds": 0, "skip_tags": []}' || coalesce(settings -> 'csat', '{}'),
    'auto_close', '{"basis": "last_activity"}' || coalesce(settings -> 'auto_close', '{}'));

-- An episode began with the first decision that left its number behind.
UPDATE episodes e SET opened_by = began.by FROM (
  SELECT DISTINCT ON (account, inbox, conversation, episode) account, inbox, conversation,
    (changes ->> 'episode')::integer AS episode,
    CASE WHEN type IN ('message', 'agent_reply') THEN type WHEN type = 'flow_start' THEN data ->> 'source' END AS by
  FROM timeline WHERE changes ? 'episode'
  ORDER BY account, inbox, conversation, episode, seq
) began
WHERE (e.account, e.inbox, e.conversation, e.episode) = (began.account, began.inbox, began.conversation, began.episode);

UPDATE conversations c SET
  waiting_on = CASE status WHEN 'in_flow' THEN 'bot' WHEN 'resolved' THEN 'survey' WHEN 'closed' THEN 'nobody'
    WHEN 'not_contacted' THEN 'nobody' ELSE CASE WHEN waiting_since IS NULL THEN 'customer' ELSE 'agent' END END,
  opened_by = (SELECT e.opened_by FROM episodes e
    WHERE (e.account, e.inbox, e.conversation, e.episode) = (c.account, c.inbox, c.conversation, c.episode)),
  untouched = c.assignee ->> 'team' IS NULL AND c.assignee ->> 'agent' IS NULL AND c.first_reply_at IS NULL AND NOT EXISTS (
    SELECT FROM timeline t WHERE (t.account, t.inbox, t.conversation) = (c.account, c.inbox, c.conversation)
      AND t.at >= c.started_at AND t.verdict = 'applied'
      AND t.type IN ('assign', 'agent_reply', 'flow_end', 'flow_timeout')),
  ended_executions = (SELECT coalesce(jsonb_agg(execution ORDER BY seq DESC), '[]') FROM (
    SELECT data ->> 'execution' AS execution, max(seq) AS seq FROM timeline t
    WHERE (t.account, t.inbox, t.conversation) = (c.account, c.inbox, c.conversation)
      AND t.type = 'flow_start' AND t.verdict = 'applied' AND t.data ->> 'execution' IS DISTINCT FROM c.flow ->> 'execution'
    GROUP BY 1 ORDER BY 2 DESC LIMIT 20) ended),
  window_opened_at = last_customer_message_at,
  window_closes_at = last_customer_message_at + interval '1 day',
  last_word = CASE last_word WHEN 'agent' THEN 'business' ELSE last_word END,
  survey = survey || '{"failure": null}',
  past_surveys = (SELECT coalesce(jsonb_agg(s || '{"failure": null}' ORDER BY n), '[]')
    FROM jsonb_array_elements(past_surveys) WITH ORDINALITY AS past(s, n)),
  -- what happened while the flow ran came after the last decision that started it
  flow = flow || (SELECT jsonb_build_object(
      'last_activity_at', to_jsonb(greatest(flow ->> 'started_at', to_char(
        max(t.at) FILTER (WHERE t.type = 'message') AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))),
      'assigned', count(*) FILTER (WHERE t.type = 'assign'
        AND coalesce(nullif(t.data ->> 'team', ''), t.data ->> 'agent') IS NOT NULL) > 0,
      'customer_wrote', count(*) FILTER (WHERE t.type = 'message') > 0)
    FROM timeline t WHERE (t.account, t.inbox, t.conversation) = (c.account, c.inbox, c.conversation)
      AND t.verdict = 'applied' AND t.seq > (SELECT max(s.seq) FROM timeline s
        WHERE (s.account, s.inbox, s.conversation) = (c.account, c.inbox, c.conversation)
          AND s.type = 'flow_start' AND s.verdict = 'applied'));

-- A flow's time is over a while after its last sign of life, no longer after its start.
UPDATE conversations c SET
  flow = flow || jsonb_build_object('expires_at', due.due_at),
  next = CASE next ->> 'timer' WHEN 'flow_timeout' THEN next || jsonb_build_object('due_at', due.due_at) ELSE next END
FROM (
  SELECT account, inbox, conversation, to_char(
    ((flow ->> 'expires_at')::timestamptz + ((flow ->> 'last_activity_at')::timestamptz - (flow ->> 'started_at')::timestamptz))
    AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS due_at
  FROM conversations WHERE flow ->> 'expires_at' IS NOT NULL AND flow ->> 'last_activity_at' > flow ->> 'started_at'
) due
WHERE (c.account, c.inbox, c.conversation) = (due.account, due.inbox, due.conversation);

-- The timeline's changes, folded, are the record: the last entry of each conversation brings what is new.
UPDATE timeline t SET changes = coalesce(t.changes, '{}') || jsonb_build_object(
    'blocked', c.blocked, 'opted_out', c.opted_out, 'waiting_on', c.waiting_on, 'opened_by', c.opened_by,
    'last_automatic_message_at', NULL, 'window_closes_at',
    to_char(c.window_closes_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'flow', c.flow, 'survey', c.survey, 'next', c.next)
FROM conversations c
WHERE (t.account, t.inbox, t.conversation, t.seq) = (c.account, c.inbox, c.conversation, c.seq);

-- Eligibility and audience are answered from this index alone.
ALTER TABLE conversations DROP CONSTRAINT conversations_pkey;
ALTER TABLE conversations ADD PRIMARY KEY (account, inbox, conversation)
  INCLUDE (status, archived, unread, snoozed, waiting, agent, team, blocked, opted_out, window_closes_at);

CREATE INDEX conversations_by_window ON conversations (account, inbox, window_closes_at, conversation)
  WHERE window_closes_at IS NOT NULL;
CREATE INDEX conversations_blocked
  ON conversations (account, inbox, status, archived, last_activity_at, conversation) WHERE blocked;

-- A row for each tag of a conversation, with all that a list by tag filters and sorts by.
CREATE TABLE conversation_tags (
  account          text NOT NULL,
  inbox            text NOT NULL,
  tag              text NOT NULL,
  status           text NOT NULL,
  archived         boolean NOT NULL,
  last_activity_at timestamptz NOT NULL,
  conversation     text NOT NULL,
  unread           boolean NOT NULL,
  snoozed          boolean NOT NULL,
  waiting          boolean NOT NULL,
  agent            text,
  team             text,
  blocked          boolean NOT NULL,
  opted_out        boolean NOT NULL,
  window_closes_at timestamptz
);
INSERT INTO conversation_tags
  SELECT DISTINCT account, inbox, t.name, status, archived, last_activity_at, conversation, unread, snoozed, waiting, agent, team,
    blocked, opted_out, window_closes_at
  FROM conversations, jsonb_to_recordset(tags) AS t(name text) WHERE tags <> '[]';
ALTER TABLE conversation_tags
  ADD PRIMARY KEY (account, inbox, tag, status, archived, last_activity_at, conversation)
  INCLUDE (unread, snoozed, waiting, agent, team, blocked, opted_out, window_closes_at);

-- How many conversations are alike: the sum of n over all rows of a kind. A write only adds rows, what it took from one
-- kind and gave to another, so writers never wait for each other. Now and then many rows are folded into few.
CREATE TABLE conversation_counts (
  account  text NOT NULL,
  inbox    text NOT NULL,
  status   text NOT NULL,
  archived boolean NOT NULL,
  unread   boolean NOT NULL,
  snoozed  boolean NOT NULL,
  waiting  boolean NOT NULL,
  agent    text,
  team     text,
  blocked  boolean NOT NULL,
  n        integer NOT NULL,
  folded   boolean NOT NULL DEFAULT false
);
INSERT INTO conversation_counts
  SELECT account, inbox, status, archived, unread, snoozed, waiting, agent, team, blocked, count(*), true FROM conversations
  GROUP BY account, inbox, status, archived, unread, snoozed, waiting, agent, team, blocked;
CREATE INDEX conversation_counts_inbox ON conversation_counts (account, inbox);
ALTER TABLE conversation_counts SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

-- Regroups an inbox's rows where most are new. Two at once take different rows, and both are right.
CREATE FUNCTION fold_conversation_counts(of_account text, of_inbox text) RETURNS void
LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
  IF (SELECT count(*) FILTER (WHERE NOT folded) < greatest(1000, count(*) FILTER (WHERE folded))
      FROM conversation_counts WHERE account = of_account AND inbox = of_inbox) THEN
    RETURN;
  END IF;
  WITH taken AS (
    DELETE FROM conversation_counts WHERE ctid = ANY (ARRAY(
      SELECT ctid FROM conversation_counts WHERE account = of_account AND inbox = of_inbox FOR UPDATE SKIP LOCKED
    )) RETURNING *
  )
  INSERT INTO conversation_counts
    SELECT account, inbox, status, archived, unread, snoozed, waiting, agent, team, blocked, sum(n), true FROM taken
    GROUP BY account, inbox, status, archived, unread, snoozed, waiting, agent, team, blocked HAVING sum(n) <> 0;
END $$;

-- One trigger for each deed, which differ in what there is of before and after. They act with the owner's rights, so that
-- who writes conversations needs none to these tables. No join depends on how many rows PostgreSQL expects.
DO $do$
DECLARE
  deed text;
  before_and_after text;
  transition text;
  rows text;
BEGIN
  FOR deed, before_and_after, transition, rows IN VALUES
    ('insert', 'SELECT *, 1 AS by FROM after', 'NEW TABLE AS after', 'after'),
    ('update', 'SELECT *, -1 AS by FROM before UNION ALL SELECT *, 1 AS by FROM after', 'OLD TABLE AS before NEW TABLE AS after', 'after'),
    ('delete', 'SELECT *, -1 AS by FROM before', 'OLD TABLE AS before', 'before')
  LOOP
    EXECUTE format($make$
CREATE FUNCTION conversations_%1$s() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = %4$I, pg_temp SET enable_seqscan = off AS $$
DECLARE
  in_account text;
  in_inbox text;
BEGIN
  IF NOT EXISTS (SELECT FROM %5$I) THEN
    RETURN NULL;
  END IF;

  WITH moved AS MATERIALIZED (
    SELECT account, inbox, t.name AS tag, status, archived, last_activity_at, conversation, unread, snoozed, waiting, agent, team,
      blocked, opted_out, window_closes_at, sum(by) AS by
    FROM (%2$s) c, jsonb_to_recordset(tags) AS t(name text) WHERE tags <> '[]'
    GROUP BY account, inbox, t.name, status, archived, last_activity_at, conversation, unread, snoozed, waiting, agent, team,
      blocked, opted_out, window_closes_at
    HAVING sum(by) <> 0
  ), gone AS (
    DELETE FROM conversation_tags WHERE ctid = ANY (ARRAY(
      SELECT found.ctid FROM moved m, LATERAL (
        SELECT ctid FROM conversation_tags t
        WHERE (t.account, t.inbox, t.tag, t.status, t.archived, t.last_activity_at, t.conversation)
          = (m.account, m.inbox, m.tag, m.status, m.archived, m.last_activity_at, m.conversation) LIMIT 1
      ) found WHERE m.by < 0
    )) RETURNING 1
  )
  INSERT INTO conversation_tags
    SELECT account, inbox, tag, status, archived, last_activity_at, conversation, unread, snoozed, waiting, agent, team,
      blocked, opted_out, window_closes_at
    FROM moved WHERE by > 0 AND (SELECT count(*) FROM gone) >= 0; -- the old rows go first: the key may be the same

  FOR in_account, in_inbox IN
    WITH changed AS (
      INSERT INTO conversation_counts
        SELECT account, inbox, status, archived, unread, snoozed, waiting, agent, team, blocked, sum(by)
        FROM (%2$s) c
        GROUP BY account, inbox, status, archived, unread, snoozed, waiting, agent, team, blocked HAVING sum(by) <> 0
      RETURNING account, inbox
    )
    SELECT DISTINCT account, inbox FROM changed
  LOOP
    IF random() < 0.005 THEN
      PERFORM fold_conversation_counts(in_account, in_inbox);
    END IF;
  END LOOP;
  RETURN NULL;
END $$;
CREATE TRIGGER conversations_%1$s AFTER %1$s ON conversations REFERENCING %3$s
  FOR EACH STATEMENT EXECUTE FUNCTION conversations_%1$s();
    $make$, deed, before_and_after, transition, current_schema(), rows);
  END LOOP;
END $do$;

-- The functions run as their owner: nobody else calls them.
REVOKE EXECUTE ON FUNCTION fold_conversation_counts(text, text) FROM PUBLIC;

GRANT SELECT ON conversation_tags, conversation_counts TO conversations_api;
SELECT keep_to_account(name) FROM unnest(ARRAY['conversation_tags', 'conversation_counts']::regclass[]) AS name;
