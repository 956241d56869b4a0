-- Up Migration

-- Conversations that come from elsewhere, each with its first entry. The API may not write conversations itself: here it can
-- only add those that nobody knows, to its own account, as imported. It is all or nothing: what was written when an import
-- was stopped is whole.
-- @returns those that were added; null if the inbox has other settings than the rows were made under
DO $do$ BEGIN
  EXECUTE format($make$
CREATE FUNCTION import_conversations(of_inbox text, under integer, rows json, entries json, ended json, asked json)
RETURNS text[] LANGUAGE plpgsql SECURITY DEFINER SET search_path = %1$I, pg_temp SET enable_seqscan = off AS $$
DECLARE
  of_account text := current_setting('app.account', true);
  columns text := (SELECT string_agg(quote_ident(attname), ', ') FROM pg_attribute
    WHERE attrelid = 'conversations'::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '');
  added text[];
BEGIN
  -- settings that change meanwhile wait for this, and their rollout then finds these rows
  PERFORM FROM inboxes WHERE (account, inbox, settings_version) = (of_account, of_inbox, under) FOR SHARE;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  EXECUTE format('WITH added AS (
      INSERT INTO conversations (%%1$s) SELECT %%1$s FROM json_populate_recordset(NULL::conversations, $1)
      WHERE (account, inbox, seq, version) = ($5, $6, 1, 1) ORDER BY conversation
      ON CONFLICT DO NOTHING RETURNING conversation
    ), told AS (
      INSERT INTO timeline SELECT e.* FROM json_populate_recordset(NULL::timeline, $2) e JOIN added USING (conversation)
      WHERE (e.account, e.inbox, e.seq, e.event, e.type) = ($5, $6, 1, ''@imported'', ''imported'')
    ), lived AS (
      INSERT INTO episodes SELECT e.* FROM json_populate_recordset(NULL::episodes, $3) e JOIN added USING (conversation)
      WHERE (e.account, e.inbox) = ($5, $6)
    ), rated AS (
      INSERT INTO surveys SELECT s.* FROM json_populate_recordset(NULL::surveys, $4) s JOIN added USING (conversation)
      WHERE (s.account, s.inbox) = ($5, $6)
    )
    SELECT coalesce(array_agg(conversation), ''{}'') FROM added', columns)
  INTO added USING rows, entries, ended, asked, of_account, of_inbox;
  RETURN added;
END $$ $make$, current_schema());
END $do$;
REVOKE EXECUTE ON FUNCTION import_conversations(text, integer, json, json, json, json) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION import_conversations(text, integer, json, json, json, json) TO conversations_api;
