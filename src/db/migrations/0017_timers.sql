-- Up Migration

-- One index for the sweeps, which go by the time through all accounts, and for what is due in an inbox: there, entries of others
-- are passed over in the index. No other index has the inbox so, and none can take its place in a plan, with any statistics.
CREATE INDEX conversations_due_by_inbox ON conversations ((next ->> 'due_at'), (account || '/' || inbox)) WHERE next IS NOT NULL;
DROP INDEX conversations_due;
ALTER INDEX conversations_due_by_inbox RENAME TO conversations_due;

-- The timers of the connection's account that are due from `since` on and before `until`, in one inbox or (null) in all. `->>` is
-- not leakproof, so under row-level security the API's role could not use the index by itself.
DO $do$ BEGIN
  EXECUTE format($make$
CREATE FUNCTION due_timers(in_inbox text, since text, until text)
RETURNS TABLE (inbox text, conversation text, timer text, due_at text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = %1$I, pg_temp SET enable_seqscan = off AS $$
  SELECT c.inbox, c.conversation, c.next ->> 'timer', c.next ->> 'due_at' FROM conversations c
  WHERE c.next IS NOT NULL AND c.next ->> 'due_at' >= since AND c.next ->> 'due_at' < until
    AND c.account || '/' || c.inbox = current_setting('app.account', true) || '/' || in_inbox
  UNION ALL
  SELECT c.inbox, c.conversation, c.next ->> 'timer', c.next ->> 'due_at' FROM conversations c
  WHERE c.next IS NOT NULL AND c.next ->> 'due_at' >= since AND c.next ->> 'due_at' < until
    AND c.account || '' = current_setting('app.account', true) AND in_inbox IS NULL
$$ $make$, current_schema());
END $do$;
REVOKE EXECUTE ON FUNCTION due_timers(text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION due_timers(text, text, text) TO conversations_api;

-- What each worker tells of its last minutes, for who looks at the service's health.
ALTER TABLE workers
  ADD COLUMN timer_lag_ms integer, -- the latest timer, of those that acted in the last five minutes; null: none did
  ADD COLUMN dropped integer NOT NULL DEFAULT 0; -- payloads that were no event, since it started
