-- Up Migration

-- Other names of conversations: what is said of a name is said of its conversation. WhatsApp's contacts are named by the HMAC of
-- each of their identities; the first one known is the conversation's own id, and stands here too.
CREATE TABLE conversation_aliases (
  account      text NOT NULL,
  inbox        text NOT NULL,
  alias        text NOT NULL,
  conversation text NOT NULL,
  created_at   timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (account, inbox, alias)
);
CREATE INDEX conversation_aliases_of ON conversation_aliases (account, inbox, conversation);

-- Under what the names of an inbox's contacts are made, encrypted. It outlives a channel: the names must stay what they are.
CREATE TABLE inbox_secrets (
  account text NOT NULL,
  inbox   text NOT NULL,
  sealed  text NOT NULL,
  PRIMARY KEY (account, inbox)
);

-- The WhatsApp number of an inbox. The last three are encrypted.
CREATE TABLE whatsapp_channels (
  channel         text PRIMARY KEY,
  account         text NOT NULL,
  inbox           text NOT NULL,
  phone_number_id text NOT NULL,
  graph_url       text NOT NULL,
  graph_version   text NOT NULL,
  survey          jsonb NOT NULL, -- {text, button, template}
  problem         jsonb, -- {code, since}: what must be put right before surveys can be sent
  created_at      timestamptz NOT NULL DEFAULT now(),
  updated_at      timestamptz NOT NULL DEFAULT now(),
  verify_token    text NOT NULL,
  app_secret      text NOT NULL,
  access_token    text NOT NULL,
  UNIQUE (account, inbox)
);

-- How each contact is reached, encrypted: nothing else here can be told from a name.
CREATE TABLE whatsapp_contacts (
  account      text NOT NULL,
  inbox        text NOT NULL,
  conversation text NOT NULL,
  address      text NOT NULL, -- encrypted
  address_tag  text NOT NULL, -- by which it is seen that the address has not changed
  PRIMARY KEY (account, inbox, conversation)
);

-- The surveys whose message was handed to WhatsApp, or may have been: written before it is sent, so that it is sent once.
CREATE TABLE whatsapp_surveys (
  account      text NOT NULL,
  inbox        text NOT NULL,
  survey       text NOT NULL,
  conversation text NOT NULL,
  message_id   text, -- null: nobody knows whether it was sent
  claimed_at   timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (account, inbox, survey)
);
CREATE INDEX whatsapp_surveys_message ON whatsapp_surveys (account, inbox, message_id);
CREATE INDEX whatsapp_surveys_claimed ON whatsapp_surveys (claimed_at);

SELECT keep_to_account(name) FROM unnest(ARRAY['conversation_aliases', 'inbox_secrets', 'whatsapp_channels', 'whatsapp_contacts',
  'whatsapp_surveys']::regclass[]) AS name;
SELECT keep_audited('whatsapp_channels', 'channel', 'channel', 'inbox, phone_number_id, graph_url, graph_version, survey',
  'verify_token, app_secret, access_token');

-- WhatsApp has no key: whose a channel is shows only by its id, and nothing else does without an account.
DO $do$ BEGIN
  EXECUTE format($make$
CREATE FUNCTION account_of_channel(asked text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = %1$I, pg_temp AS $$
  SELECT account FROM whatsapp_channels WHERE channel = asked
$$ $make$, current_schema());
END $do$;
REVOKE EXECUTE ON FUNCTION account_of_channel(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION account_of_channel(text) TO conversations_api;

-- A channel hears of surveys as an endpoint hears of what it wants, and is delivered to as one.
ALTER TABLE webhooks ADD COLUMN kind text NOT NULL DEFAULT 'http' CHECK (kind IN ('http', 'whatsapp'));
-- Of a channel the audit tells by its own table.
DROP TRIGGER audited ON webhooks;
CREATE TRIGGER audited AFTER INSERT OR UPDATE OF url, types, inboxes, state, secrets ON webhooks
  FOR EACH ROW WHEN (NEW.kind = 'http')
  EXECUTE FUNCTION write_audit('webhook', 'webhook', 'url, types, inboxes, state', 'secrets');
CREATE TRIGGER audited_end AFTER DELETE ON webhooks FOR EACH ROW WHEN (OLD.kind = 'http')
  EXECUTE FUNCTION write_audit('webhook', 'webhook', 'url, types, inboxes, state', 'secrets');

GRANT SELECT, INSERT, UPDATE ON conversation_aliases, whatsapp_contacts TO conversations_api;
GRANT SELECT, INSERT ON inbox_secrets TO conversations_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON whatsapp_channels TO conversations_api;
GRANT SELECT ON whatsapp_surveys TO conversations_api;

GRANT SELECT, UPDATE (problem) ON whatsapp_channels TO conversations_worker;
GRANT SELECT ON whatsapp_contacts TO conversations_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON whatsapp_surveys TO conversations_worker;
