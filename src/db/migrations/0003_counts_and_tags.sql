-- Up Migration

-- Counts of a large inbox and a page by a common tag must not read what they count or pass over. What lists and counts
-- filter by is therefore kept a second time, by triggers: whoever writes a conversation keeps it, and nobody can forget to.

SET LOCAL maintenance_work_mem = '128MB'; -- the indexes of a large table, sooner
DROP INDEX conversations_by_status, conversations_unread, conversations_snoozed, conversations_waiting,
  conversations_by_agent, conversations_by_team, conversations_by_tag, conversations_due, conversations_counts;
ALTER TABLE conversations DROP CONSTRAINT conversations_pkey;

ALTER TABLE conversations
  ADD COLUMN agent text GENERATED ALWAYS AS (assignee ->> 'agent') STORED,
  ADD COLUMN team text GENERATED ALWAYS AS (assignee ->> 'team') STORED,
  ADD COLUMN snoozed boolean NOT NULL GENERATED ALWAYS AS (snoozed_until IS NOT NULL) STORED,
  ADD COLUMN waiting boolean NOT NULL GENERATED ALWAYS AS (waiting_since IS NOT NULL) STORED;

-- Eligibility and audience are answered from this index alone.
ALTER TABLE conversations ADD PRIMARY KEY (account, inbox, conversation)
  INCLUDE (status, archived, unread, snoozed, waiting, agent, team);

-- Each list is read from its own stretches of one index, a stretch for each status, archived or not, and merged: a page
-- costs a page however rare what it shows is. Each index has a condition that only its list states: without statistics it
-- would seem as good for a look-up by key as the key.
CREATE INDEX conversations_by_status
  ON conversations (account, inbox, status, archived, last_activity_at, conversation) WHERE version >= 0;
CREATE INDEX conversations_by_agent
  ON conversations (account, inbox, agent, status, archived, last_activity_at, conversation) WHERE agent IS NOT NULL;
CREATE INDEX conversations_by_team
  ON conversations (account, inbox, team, status, archived, last_activity_at, conversation) WHERE team IS NOT NULL;
CREATE INDEX conversations_unread
  ON conversations (account, inbox, status, archived, last_activity_at, conversation) WHERE unread;
CREATE INDEX conversations_snoozed
  ON conversations (account, inbox, status, archived, last_activity_at, conversation) WHERE snoozed;
CREATE INDEX conversations_waiting ON conversations (account, inbox, waiting_since, conversation)
  WHERE waiting_since IS NOT NULL;
-- timers that should have acted; due_at is RFC 3339 in UTC with milliseconds, so it sorts as text
CREATE INDEX conversations_due ON conversations ((next ->> 'due_at')) WHERE next IS NOT NULL;

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
  team             text
);
INSERT INTO conversation_tags
  SELECT DISTINCT account, inbox, t.name, status, archived, last_activity_at, conversation, unread, snoozed, waiting, agent, team
  FROM conversations, jsonb_to_recordset(tags) AS t(name text) WHERE tags <> '[]';
ALTER TABLE conversation_tags
  ADD PRIMARY KEY (account, inbox, tag, status, archived, last_activity_at, conversation)
  INCLUDE (unread, snoozed, waiting, agent, team);

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
  n        integer NOT NULL,
  folded   boolean NOT NULL DEFAULT false
);
INSERT INTO conversation_counts
  SELECT account, inbox, status, archived, unread, snoozed, waiting, agent, team, count(*), true FROM conversations
  GROUP BY account, inbox, status, archived, unread, snoozed, waiting, agent, team;
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
    SELECT account, inbox, status, archived, unread, snoozed, waiting, agent, team, sum(n), true FROM taken
    GROUP BY account, inbox, status, archived, unread, snoozed, waiting, agent, team HAVING sum(n) <> 0;
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
      sum(by) AS by
    FROM (%2$s) c, jsonb_to_recordset(tags) AS t(name text) WHERE tags <> '[]'
    GROUP BY account, inbox, t.name, status, archived, last_activity_at, conversation, unread, snoozed, waiting, agent, team
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
    SELECT account, inbox, tag, status, archived, last_activity_at, conversation, unread, snoozed, waiting, agent, team
    FROM moved WHERE by > 0 AND (SELECT count(*) FROM gone) >= 0; -- the old rows go first: the key may be the same

  FOR in_account, in_inbox IN
    WITH changed AS (
      INSERT INTO conversation_counts
        SELECT account, inbox, status, archived, unread, snoozed, waiting, agent, team, sum(by)
        FROM (%2$s) c
        GROUP BY account, inbox, status, archived, unread, snoozed, waiting, agent, team HAVING sum(by) <> 0
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
