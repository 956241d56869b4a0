-- Up Migration

-- Each table gets its rows in a statement of its own. Those that were added are found by a hash: in one statement PostgreSQL guesses
-- that one conversation was added, and compares every row with each of the hundreds. The timeline comes last: its trigger reads the
-- episodes.
DO $do$ BEGIN EXECUTE format($make$
CREATE OR REPLACE FUNCTION import_conversations(of_inbox text, under integer, rows json, entries json, ended json, asked json)
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
      WHERE (account, inbox, seq, version) = ($2, $3, 1, 1) ORDER BY conversation
      ON CONFLICT DO NOTHING RETURNING conversation
    ) SELECT coalesce(array_agg(conversation), ''{}'') FROM added', columns)
  INTO added USING rows, of_account, of_inbox;
  EXECUTE 'INSERT INTO episodes SELECT * FROM json_populate_recordset(NULL::episodes, $1)
    WHERE (account, inbox) = ($2, $3) AND conversation = ANY ($4)' USING ended, of_account, of_inbox, added;
  EXECUTE 'INSERT INTO surveys SELECT * FROM json_populate_recordset(NULL::surveys, $1)
    WHERE (account, inbox) = ($2, $3) AND conversation = ANY ($4)' USING asked, of_account, of_inbox, added;
  EXECUTE 'INSERT INTO timeline SELECT * FROM json_populate_recordset(NULL::timeline, $1)
    WHERE (account, inbox, seq, event, type) = ($2, $3, 1, ''@imported'', ''imported'') AND conversation = ANY ($4)'
    USING entries, of_account, of_inbox, added;
  RETURN added;
END $$ $make$, current_schema()); END $do$;
