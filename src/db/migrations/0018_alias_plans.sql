-- Up Migration

-- For what leads to a conversation. A statement about a name lacks the condition, so it never takes this one, with any statistics.
DROP INDEX conversation_aliases_of;
CREATE INDEX conversation_aliases_of ON conversation_aliases (account, inbox, conversation) WHERE length(conversation) > 0;
-- For whether an inbox has any; in the same way.
CREATE INDEX conversation_aliases_any ON conversation_aliases (account, inbox) WHERE alias <> conversation AND length(alias) > 0;
DO $$ BEGIN
  EXECUTE replace(pg_get_functiondef('erase_rows(text, integer)'::regprocedure),
    '(account, inbox, conversation) = ($1, $2, $3)', '(account, inbox, conversation) = ($1, $2, $3) AND length(conversation) > 0');
END $$;
