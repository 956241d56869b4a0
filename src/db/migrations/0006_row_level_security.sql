-- Up Migration

-- What a process of the API may see and change is decided by its connection's account, whatever a statement says. Without an
-- account it is nothing. Workers act for every account, and so does the owner, as whom migrations and triggers run.
-- Each new table with an account that the API may read is kept so, too: SELECT keep_to_account('its_name').
CREATE FUNCTION keep_to_account(name regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', name);
  -- (SELECT …): asked once a statement, not once a row
  EXECUTE format('CREATE POLICY own_account ON %s TO conversations_api
    USING (account = (SELECT current_setting(''app.account'', true)))', name);
  EXECUTE format('CREATE POLICY every_account ON %s TO conversations_worker, CURRENT_USER USING (true)', name);
END $$;
REVOKE EXECUTE ON FUNCTION keep_to_account(regclass) FROM PUBLIC;

-- Not api_keys: whose account it is shows only once the key is found.
SELECT keep_to_account(name) FROM unnest(ARRAY['inboxes', 'conversations', 'conversation_tags', 'conversation_counts',
  'timeline', 'episodes', 'surveys', 'outbox', 'webhooks', 'deliveries']::regclass[]) AS name;
