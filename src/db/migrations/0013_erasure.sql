-- Up Migration

-- What is to be erased, and what was. While one runs, nothing of its conversations is read or written by workflows. When it is
-- done, it no longer says what it was about.
CREATE TABLE erasures (
  erasure        text PRIMARY KEY,
  account        text NOT NULL,
  scope          text NOT NULL CHECK (scope IN ('conversation', 'inbox', 'account')),
  inbox          text CHECK ((inbox IS NULL) = (scope = 'account' OR state = 'done')),
  conversation   text CHECK ((conversation IS NULL) = (scope <> 'conversation' OR state = 'done')),
  state          text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'done')),
  rows           jsonb NOT NULL DEFAULT '{}', -- deleted, by table
  workflows      integer NOT NULL DEFAULT 0, -- executions that were deleted
  workflows_left integer, -- seen when they were last looked for
  started_at     timestamptz NOT NULL DEFAULT now(),
  ended_at       timestamptz
);
CREATE UNIQUE INDEX erasures_running ON erasures (account, coalesce(inbox, ''), coalesce(conversation, ''))
  WHERE state = 'running';
SELECT keep_to_account('erasures');
SELECT keep_audited('erasures', 'erasure', 'erasure', 'scope, state');
GRANT SELECT, INSERT ON erasures TO conversations_api;
GRANT SELECT, UPDATE ON erasures TO conversations_worker;

CREATE INDEX deliveries_of ON deliveries (account, inbox, conversation);

-- Each API process hears of it: an inbox that is erased takes no more events.
CREATE FUNCTION announce_erasures() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('erasures', '');
  RETURN NULL;
END $$;
CREATE TRIGGER erasures_announced AFTER INSERT ON erasures FOR EACH STATEMENT EXECUTE FUNCTION announce_erasures();

-- Deletes rows of a running erasure, at most so many. No process may delete them otherwise. Which tables it is about is in the
-- catalog: a new table with an account, an inbox or a conversation is in it by itself.
-- @returns how many were deleted; 0: there are no more
DO $do$ BEGIN
  EXECUTE format($make$
CREATE FUNCTION erase_rows(of text, at_most integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = %1$I, pg_temp SET enable_seqscan = off AS $$
DECLARE
  e erasures;
  name text;
  condition text;
  piece integer;
  gone integer := 0;
BEGIN
  SELECT * INTO e FROM erasures WHERE erasure = of AND state = 'running' FOR UPDATE;
  IF NOT FOUND THEN
    RETURN 0;
  END IF;
  condition := CASE e.scope WHEN 'conversation' THEN '(account, inbox, conversation) = ($1, $2, $3)'
    WHEN 'inbox' THEN '(account, inbox) = ($1, $2)' ELSE 'account = $1' END;
  FOR name IN
    SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
      AND c.relname <> 'erasures'
      -- triggers delete a conversation's tags with it
      AND NOT (e.scope = 'conversation' AND c.relname = 'conversation_tags')
    GROUP BY c.relname
    HAVING bool_or(a.attname = 'account')
      AND (bool_or(a.attname = 'inbox') OR e.scope = 'account')
      AND (bool_or(a.attname = 'conversation') OR e.scope <> 'conversation')
    -- conversations first: their triggers change other tables; what others refer to, and the audit that tells of deletions, last
    ORDER BY array_position(ARRAY['inboxes', 'webhooks', 'api_keys', 'accounts', 'audit'], c.relname::text) NULLS FIRST,
      c.relname <> 'conversations', c.relname
  LOOP
    EXECUTE format('WITH gone AS (
        DELETE FROM %%1$I WHERE ctid = ANY (ARRAY(SELECT ctid FROM %%1$I WHERE %%2$s LIMIT $4)) RETURNING 1
      ) SELECT count(*) FROM gone', name, condition)
    INTO piece USING e.account, e.inbox, e.conversation, at_most - gone;
    IF piece > 0 THEN
      UPDATE erasures SET rows = rows || jsonb_build_object(name, coalesce((rows ->> name)::integer, 0) + piece)
      WHERE erasure = of;
    END IF;
    gone := gone + piece;
    EXIT WHEN gone >= at_most;
  END LOOP;
  RETURN gone;
END $$ $make$, current_schema());
END $do$;
REVOKE EXECUTE ON FUNCTION erase_rows(text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION erase_rows(text, integer) TO conversations_worker;
