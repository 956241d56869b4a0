-- Up Migration

-- Those for whom conversations are kept. What is there belongs to accounts that nobody had to make.
CREATE TABLE accounts (
  account    text PRIMARY KEY,
  created_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO accounts (account) SELECT 'default' UNION SELECT account FROM api_keys UNION SELECT account FROM inboxes;
SELECT keep_to_account('accounts');

-- null: no limit, and no end. A key that was made before stays as it was.
ALTER TABLE api_keys ADD COLUMN rate_per_second integer CHECK (rate_per_second > 0), ADD COLUMN expires_at timestamptz;

-- Whose account it is shows only once the key is found. So a connection without an account sees all keys; one with an account
-- sees and makes its own.
ALTER TABLE api_keys ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_account ON api_keys TO conversations_api
  USING ((SELECT coalesce(current_setting('app.account', true), '')) IN ('', account));
CREATE POLICY every_account ON api_keys TO CURRENT_USER USING (true);

-- Until when each key has used up its rate: spent_until - now() is what it has yet to pay off. Counted anew after a crash.
CREATE UNLOGGED TABLE key_rates (
  key_id      uuid PRIMARY KEY REFERENCES api_keys ON DELETE CASCADE,
  spent_until timestamptz NOT NULL
);

-- Who changed what, and when. Written by triggers in the statement of the change, so that nothing is changed without it; no
-- process may write it itself.
CREATE TABLE audit (
  id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account text NOT NULL,
  at      timestamptz NOT NULL DEFAULT now(),
  key_id  uuid, -- with which it was done; null: the service itself
  action  text NOT NULL, -- such as webhook.changed
  object  text NOT NULL, -- its id
  changes jsonb NOT NULL -- by column: {from, to}; of a secret only that it changed
);
CREATE INDEX audit_account ON audit (account, id);
SELECT keep_to_account('audit');

-- What of an object is not the same in another one.
CREATE FUNCTION parts_that_differ(of jsonb, other jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce(jsonb_object_agg(key, value), '{}') FROM jsonb_each(of) WHERE value IS DISTINCT FROM other -> key
$$;

-- The trigger's arguments: what the rows are called, the column of their id, the columns that are shown, those that are secret.
-- A change that is made for another account, such as making it, is told to both.
DO $do$ BEGIN
  EXECUTE format($make$
CREATE FUNCTION write_audit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = %1$I, pg_temp AS $$
DECLARE
  before jsonb := to_jsonb(OLD);
  after jsonb := to_jsonb(NEW);
  of jsonb := coalesce(after, before);
  actor uuid := nullif(current_setting('app.key', true), '')::uuid;
  deed text := CASE TG_OP WHEN 'INSERT' THEN 'created' WHEN 'UPDATE' THEN 'changed' ELSE 'deleted' END;
  told jsonb := '{}';
  name text;
  was jsonb;
  is_now jsonb;
BEGIN
  FOREACH name IN ARRAY string_to_array(TG_ARGV[2], ', ') LOOP
    was := nullif(before -> name, 'null');
    is_now := nullif(after -> name, 'null');
    CONTINUE WHEN was IS NOT DISTINCT FROM is_now;
    IF jsonb_typeof(was) = 'object' AND jsonb_typeof(is_now) = 'object' THEN
      was := parts_that_differ(was, after -> name);
      is_now := parts_that_differ(is_now, before -> name);
    END IF;
    told := told || jsonb_build_object(name, jsonb_build_object('from', was, 'to', is_now));
  END LOOP;
  FOREACH name IN ARRAY string_to_array(TG_ARGV[3], ', ') LOOP
    CONTINUE WHEN before -> name IS NOT DISTINCT FROM after -> name;
    told := told || jsonb_build_object(name, '{"secret": true}'::jsonb);
  END LOOP;
  IF TG_OP = 'UPDATE' AND told = '{}' THEN
    RETURN NULL;
  END IF;
  IF TG_OP = 'UPDATE' AND told ? 'revoked_at' THEN
    deed := 'revoked';
  END IF;
  INSERT INTO audit (account, key_id, action, object, changes)
  SELECT account, actor, TG_ARGV[0] || '.' || deed, of ->> TG_ARGV[1], told
  FROM (SELECT of ->> 'account' AS account UNION SELECT k.account FROM api_keys k WHERE k.id = actor) accounts;
  RETURN NULL;
END $$ $make$, current_schema());
END $do$;
REVOKE EXECUTE ON FUNCTION write_audit() FROM PUBLIC;

-- One line for each table that is to be in the audit. A column that is named in neither list may change without a word.
CREATE FUNCTION keep_audited(name regclass, kind text, id text, shown text, secret text DEFAULT '') RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('CREATE TRIGGER audited AFTER INSERT OR UPDATE OF %s OR DELETE ON %s
    FOR EACH ROW EXECUTE FUNCTION write_audit(%L, %L, %L, %L)', concat_ws(', ', shown, nullif(secret, '')), name, kind, id, shown,
    secret);
END $$;
REVOKE EXECUTE ON FUNCTION keep_audited(regclass, text, text, text, text) FROM PUBLIC;

SELECT keep_audited('accounts', 'account', 'account', 'account');
SELECT keep_audited('api_keys', 'key', 'id', 'name, scopes, rate_per_second, expires_at, revoked_at');
SELECT keep_audited('inboxes', 'inbox', 'inbox', 'settings');
SELECT keep_audited('webhooks', 'webhook', 'webhook', 'url, types, inboxes, state', 'secrets');

GRANT SELECT, INSERT ON accounts TO conversations_api;
GRANT SELECT, INSERT, UPDATE ON key_rates TO conversations_api;
GRANT SELECT ON audit TO conversations_api;
