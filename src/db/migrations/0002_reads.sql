-- Up Migration

-- The list reads each status, archived or not, from its own stretch of one index and merges them: a page costs a page however
-- rare what it shows is. An index by activity alone would be one more to keep at every message, for nothing.
DROP INDEX conversations_by_activity;
DROP INDEX conversations_by_status;
CREATE INDEX conversations_by_status
  ON conversations (account, inbox, status, archived, last_activity_at DESC, conversation DESC);
CREATE INDEX conversations_unread ON conversations (account, inbox, last_activity_at DESC, conversation DESC)
  WHERE unread;
CREATE INDEX conversations_snoozed ON conversations (account, inbox, last_activity_at DESC, conversation DESC)
  WHERE snoozed_until IS NOT NULL;

-- A revoked key stops working at once, though every API process remembers the keys it has seen.
CREATE FUNCTION announce_api_keys() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NOTIFY api_keys_changed;
  RETURN NULL;
END $$;
CREATE TRIGGER api_keys_changed AFTER INSERT OR UPDATE OR DELETE ON api_keys
  FOR EACH STATEMENT EXECUTE FUNCTION announce_api_keys();
