-- Written by `npm run record:schema` from the migrations.

CREATE TABLE api_keys (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  account text NOT NULL,
  name text NOT NULL,
  key_hash bytea NOT NULL,
  scopes text[] NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  revoked_at timestamp with time zone
);
CREATE TABLE conversations (
  account text NOT NULL,
  inbox text NOT NULL,
  conversation text NOT NULL,
  status text NOT NULL,
  version integer NOT NULL DEFAULT 0,
  seq integer NOT NULL DEFAULT 0,
  settings_version integer NOT NULL DEFAULT 0,
  episode integer NOT NULL DEFAULT 0,
  unread boolean NOT NULL DEFAULT false,
  archived boolean NOT NULL DEFAULT false,
  assignee jsonb NOT NULL DEFAULT '{"team": null, "agent": null}'::jsonb,
  tags jsonb NOT NULL DEFAULT '[]'::jsonb,
  flow jsonb,
  survey jsonb,
  survey_episode integer,
  past_surveys jsonb NOT NULL DEFAULT '[]'::jsonb,
  survey_count integer NOT NULL DEFAULT 0,
  snoozed_until timestamp with time zone,
  waiting_since timestamp with time zone,
  started_at timestamp with time zone,
  first_reply_at timestamp with time zone,
  last_customer_message_at timestamp with time zone,
  last_agent_reply_at timestamp with time zone,
  last_activity_at timestamp with time zone NOT NULL DEFAULT now(),
  last_word text,
  agents jsonb NOT NULL DEFAULT '[]'::jsonb,
  closed_at timestamp with time zone,
  close jsonb,
  archived_at timestamp with time zone,
  kept_unarchived boolean NOT NULL DEFAULT false,
  next jsonb,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  updated_at timestamp with time zone NOT NULL DEFAULT now()
) WITH (fillfactor=80);
CREATE TABLE episodes (
  account text NOT NULL,
  inbox text NOT NULL,
  conversation text NOT NULL,
  episode integer NOT NULL,
  started_at timestamp with time zone NOT NULL,
  first_reply_at timestamp with time zone,
  closed_at timestamp with time zone,
  close jsonb,
  assignee jsonb NOT NULL,
  agents jsonb NOT NULL,
  tags jsonb NOT NULL
);
CREATE TABLE inboxes (
  account text NOT NULL,
  inbox text NOT NULL,
  settings jsonb NOT NULL,
  settings_version integer NOT NULL DEFAULT 1,
  rolled_out_version integer NOT NULL DEFAULT 1,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  updated_at timestamp with time zone NOT NULL DEFAULT now()
);
CREATE TABLE migrations (
  id integer NOT NULL DEFAULT nextval('migrations_id_seq'::regclass),
  name character varying(255) NOT NULL,
  run_on timestamp without time zone NOT NULL
);
CREATE TABLE outbox (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  account text NOT NULL,
  inbox text NOT NULL,
  conversation text NOT NULL,
  seq integer NOT NULL,
  nth integer NOT NULL,
  type text NOT NULL,
  payload jsonb NOT NULL,
  created_at timestamp with time zone NOT NULL
);
CREATE TABLE surveys (
  account text NOT NULL,
  inbox text NOT NULL,
  conversation text NOT NULL,
  survey text NOT NULL,
  episode integer NOT NULL,
  state text NOT NULL,
  agent text,
  asked_at timestamp with time zone NOT NULL,
  expires_at timestamp with time zone,
  score integer,
  comment text,
  answered_at timestamp with time zone,
  late boolean NOT NULL
);
CREATE TABLE timeline (
  account text NOT NULL,
  inbox text NOT NULL,
  conversation text NOT NULL,
  seq integer NOT NULL,
  at timestamp with time zone NOT NULL,
  version integer NOT NULL,
  settings_version integer NOT NULL,
  event text NOT NULL,
  type text NOT NULL,
  verdict text NOT NULL,
  reason text,
  rule text,
  "from" text NOT NULL,
  "to" text NOT NULL,
  data jsonb NOT NULL,
  changes jsonb
);

ALTER TABLE api_keys ADD CONSTRAINT api_keys_key_hash_key UNIQUE (key_hash);
ALTER TABLE api_keys ADD CONSTRAINT api_keys_pkey PRIMARY KEY (id);
ALTER TABLE conversations ADD CONSTRAINT conversations_account_inbox_fkey FOREIGN KEY (account, inbox) REFERENCES inboxes(account, inbox);
ALTER TABLE conversations ADD CONSTRAINT conversations_check CHECK (((flow IS NOT NULL) = (status = 'in_flow'::text)));
ALTER TABLE conversations ADD CONSTRAINT conversations_check1 CHECK (((closed_at IS NOT NULL) = (status = 'closed'::text)));
ALTER TABLE conversations ADD CONSTRAINT conversations_check2 CHECK (((close IS NOT NULL) = (status = ANY (ARRAY['resolved'::text, 'closed'::text]))));
ALTER TABLE conversations ADD CONSTRAINT conversations_pkey PRIMARY KEY (account, inbox, conversation);
ALTER TABLE conversations ADD CONSTRAINT conversations_status_check CHECK ((status = ANY (ARRAY['not_contacted'::text, 'new'::text, 'in_progress'::text, 'in_flow'::text, 'resolved'::text, 'closed'::text])));
ALTER TABLE episodes ADD CONSTRAINT episodes_pkey PRIMARY KEY (account, inbox, conversation, episode);
ALTER TABLE inboxes ADD CONSTRAINT inboxes_pkey PRIMARY KEY (account, inbox);
ALTER TABLE migrations ADD CONSTRAINT migrations_pkey PRIMARY KEY (id);
ALTER TABLE outbox ADD CONSTRAINT outbox_account_inbox_conversation_seq_nth_key UNIQUE (account, inbox, conversation, seq, nth);
ALTER TABLE outbox ADD CONSTRAINT outbox_pkey PRIMARY KEY (id);
ALTER TABLE surveys ADD CONSTRAINT surveys_pkey PRIMARY KEY (account, inbox, conversation, survey);
ALTER TABLE surveys ADD CONSTRAINT surveys_score_check CHECK (((score >= 1) AND (score <= 5)));
ALTER TABLE surveys ADD CONSTRAINT surveys_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'answered'::text, 'expired'::text, 'superseded'::text])));
ALTER TABLE timeline ADD CONSTRAINT timeline_pkey PRIMARY KEY (account, inbox, conversation, seq);
ALTER TABLE timeline ADD CONSTRAINT timeline_verdict_check CHECK ((verdict = ANY (ARRAY['applied'::text, 'ignored'::text, 'refused'::text])));

CREATE INDEX api_keys_account ON api_keys USING btree (account, created_at);
CREATE INDEX conversations_by_agent ON conversations USING btree (account, inbox, ((assignee ->> 'agent'::text)), last_activity_at DESC) WHERE ((assignee ->> 'agent'::text) IS NOT NULL);
CREATE INDEX conversations_by_status ON conversations USING btree (account, inbox, status, archived, last_activity_at DESC, conversation DESC);
CREATE INDEX conversations_by_tag ON conversations USING gin (tags jsonb_path_ops) WHERE (tags <> '[]'::jsonb);
CREATE INDEX conversations_by_team ON conversations USING btree (account, inbox, ((assignee ->> 'team'::text)), last_activity_at DESC) WHERE ((assignee ->> 'team'::text) IS NOT NULL);
CREATE INDEX conversations_counts ON conversations USING btree (account, inbox, conversation) INCLUDE (status, unread, archived, snoozed_until);
CREATE INDEX conversations_due ON conversations USING btree (((next ->> 'due_at'::text))) WHERE (next IS NOT NULL);
CREATE INDEX conversations_snoozed ON conversations USING btree (account, inbox, last_activity_at DESC, conversation DESC) WHERE (snoozed_until IS NOT NULL);
CREATE INDEX conversations_unread ON conversations USING btree (account, inbox, last_activity_at DESC, conversation DESC) WHERE unread;
CREATE INDEX conversations_waiting ON conversations USING btree (account, inbox, waiting_since, conversation) WHERE (waiting_since IS NOT NULL);
CREATE INDEX episodes_started ON episodes USING btree (account, inbox, started_at);
CREATE INDEX surveys_asked ON surveys USING btree (account, inbox, asked_at);
CREATE UNIQUE INDEX timeline_event ON timeline USING btree (account, inbox, conversation, event);

CREATE OR REPLACE FUNCTION public.announce_api_keys()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
  NOTIFY api_keys_changed;
  RETURN NULL;
END $function$
;

CREATE TRIGGER api_keys_changed AFTER INSERT OR DELETE OR UPDATE ON public.api_keys FOR EACH STATEMENT EXECUTE FUNCTION announce_api_keys();

GRANT INSERT, SELECT, UPDATE ON api_keys TO conversations_api;
GRANT SELECT ON conversations TO conversations_api;
GRANT INSERT, SELECT, UPDATE ON conversations TO conversations_worker;
GRANT SELECT ON episodes TO conversations_api;
GRANT INSERT, SELECT, UPDATE ON episodes TO conversations_worker;
GRANT INSERT, SELECT, UPDATE ON inboxes TO conversations_api;
GRANT INSERT, SELECT ON inboxes TO conversations_worker;
GRANT SELECT ON migrations TO conversations_api;
GRANT SELECT ON migrations TO conversations_worker;
GRANT INSERT, SELECT ON outbox TO conversations_worker;
GRANT SELECT ON surveys TO conversations_api;
GRANT INSERT, SELECT, UPDATE ON surveys TO conversations_worker;
GRANT SELECT ON timeline TO conversations_api;
GRANT INSERT, SELECT ON timeline TO conversations_worker;

GRANT INSERT (account, inbox, conversation, status) ON conversations TO conversations_api;
GRANT UPDATE (rolled_out_version) ON inboxes TO conversations_worker;
