-- Written by `npm run record:schema` from the migrations.

CREATE TABLE accounts (
  account text NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now()
);
ALTER TABLE accounts ENABLE ROW LEVEL SECURITY;
CREATE TABLE api_keys (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  account text NOT NULL,
  name text NOT NULL,
  key_hash bytea NOT NULL,
  scopes text[] NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  revoked_at timestamp with time zone,
  rate_per_second integer,
  expires_at timestamp with time zone
);
ALTER TABLE api_keys ENABLE ROW LEVEL SECURITY;
CREATE TABLE audit (
  id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
  account text NOT NULL,
  at timestamp with time zone NOT NULL DEFAULT now(),
  key_id uuid,
  action text NOT NULL,
  object text NOT NULL,
  changes jsonb NOT NULL
);
ALTER TABLE audit ENABLE ROW LEVEL SECURITY;
CREATE TABLE bulk_items (
  account text NOT NULL,
  inbox text NOT NULL,
  job text NOT NULL,
  nth integer NOT NULL,
  conversation text NOT NULL,
  sent_at timestamp with time zone,
  verdict text,
  reason text,
  rule text
) WITH (fillfactor=80);
ALTER TABLE bulk_items ENABLE ROW LEVEL SECURITY;
CREATE TABLE bulk_jobs (
  job text NOT NULL,
  account text NOT NULL,
  inbox text NOT NULL,
  event jsonb NOT NULL,
  filter jsonb,
  retry_of text,
  state text NOT NULL DEFAULT 'running'::text,
  count integer NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  ended_at timestamp with time zone
);
ALTER TABLE bulk_jobs ENABLE ROW LEVEL SECURITY;
CREATE TABLE code_numbers (
  number integer NOT NULL,
  taken_up_at timestamp with time zone NOT NULL DEFAULT now(),
  rolled_out_at timestamp with time zone
);
CREATE TABLE conversation_aliases (
  account text NOT NULL,
  inbox text NOT NULL,
  alias text NOT NULL,
  conversation text NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now()
);
ALTER TABLE conversation_aliases ENABLE ROW LEVEL SECURITY;
CREATE TABLE conversation_counts (
  account text NOT NULL,
  inbox text NOT NULL,
  status text NOT NULL,
  archived boolean NOT NULL,
  unread boolean NOT NULL,
  snoozed boolean NOT NULL,
  waiting boolean NOT NULL,
  agent text,
  team text,
  blocked boolean NOT NULL,
  n integer NOT NULL,
  folded boolean NOT NULL DEFAULT false
) WITH (autovacuum_vacuum_scale_factor=0, autovacuum_vacuum_threshold=5000);
ALTER TABLE conversation_counts ENABLE ROW LEVEL SECURITY;
CREATE TABLE conversation_tags (
  account text NOT NULL,
  inbox text NOT NULL,
  tag text NOT NULL,
  status text NOT NULL,
  archived boolean NOT NULL,
  last_activity_at timestamp with time zone NOT NULL,
  conversation text NOT NULL,
  unread boolean NOT NULL,
  snoozed boolean NOT NULL,
  waiting boolean NOT NULL,
  agent text,
  team text,
  blocked boolean NOT NULL,
  opted_out boolean NOT NULL,
  window_closes_at timestamp with time zone
);
ALTER TABLE conversation_tags ENABLE ROW LEVEL SECURITY;
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
  updated_at timestamp with time zone NOT NULL DEFAULT now(),
  agent text GENERATED ALWAYS AS ((assignee ->> 'agent'::text)) STORED,
  team text GENERATED ALWAYS AS ((assignee ->> 'team'::text)) STORED,
  snoozed boolean NOT NULL GENERATED ALWAYS AS ((snoozed_until IS NOT NULL)) STORED,
  waiting boolean NOT NULL GENERATED ALWAYS AS ((waiting_since IS NOT NULL)) STORED,
  blocked boolean NOT NULL DEFAULT false,
  opted_out boolean NOT NULL DEFAULT false,
  waiting_on text NOT NULL DEFAULT 'nobody'::text,
  opened_by text,
  untouched boolean NOT NULL DEFAULT true,
  ended_executions jsonb NOT NULL DEFAULT '[]'::jsonb,
  last_automatic_message_at timestamp with time zone,
  window_opened_at timestamp with time zone,
  window_closes_at timestamp with time zone
) WITH (fillfactor=80);
ALTER TABLE conversations ENABLE ROW LEVEL SECURITY;
CREATE TABLE deliveries (
  webhook text NOT NULL,
  nth bigint NOT NULL,
  account text NOT NULL,
  inbox text,
  conversation text,
  type text NOT NULL,
  body text NOT NULL,
  state text NOT NULL DEFAULT 'pending'::text,
  due_at timestamp with time zone NOT NULL,
  tries integer NOT NULL DEFAULT 0,
  first_try_at timestamp with time zone,
  attempts jsonb NOT NULL DEFAULT '[]'::jsonb,
  created_at timestamp with time zone NOT NULL,
  ended_at timestamp with time zone
);
ALTER TABLE deliveries ENABLE ROW LEVEL SECURITY;
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
  tags jsonb NOT NULL,
  opened_by text
);
ALTER TABLE episodes ENABLE ROW LEVEL SECURITY;
CREATE TABLE erasures (
  erasure text NOT NULL,
  account text NOT NULL,
  scope text NOT NULL,
  inbox text,
  conversation text,
  state text NOT NULL DEFAULT 'running'::text,
  rows jsonb NOT NULL DEFAULT '{}'::jsonb,
  workflows integer NOT NULL DEFAULT 0,
  workflows_left integer,
  started_at timestamp with time zone NOT NULL DEFAULT now(),
  ended_at timestamp with time zone
);
ALTER TABLE erasures ENABLE ROW LEVEL SECURITY;
CREATE TABLE inbox_secrets (
  account text NOT NULL,
  inbox text NOT NULL,
  sealed text NOT NULL
);
ALTER TABLE inbox_secrets ENABLE ROW LEVEL SECURITY;
CREATE TABLE inboxes (
  account text NOT NULL,
  inbox text NOT NULL,
  settings jsonb NOT NULL,
  settings_version integer NOT NULL DEFAULT 1,
  rolled_out_version integer NOT NULL DEFAULT 1,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  updated_at timestamp with time zone NOT NULL DEFAULT now(),
  retention jsonb NOT NULL DEFAULT '{"closed_days": null, "timeline_days": null, "deliveries_days": 30}'::jsonb
);
ALTER TABLE inboxes ENABLE ROW LEVEL SECURITY;
CREATE UNLOGGED TABLE key_rates (
  key_id uuid NOT NULL,
  spent_until timestamp with time zone NOT NULL
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
  payload json NOT NULL,
  created_at timestamp with time zone NOT NULL,
  xid xid8 NOT NULL DEFAULT pg_current_xact_id()
);
ALTER TABLE outbox ENABLE ROW LEVEL SECURITY;
CREATE TABLE outbox_horizon (
  one boolean NOT NULL DEFAULT true,
  xid xid8 NOT NULL DEFAULT '0'::xid8,
  id bigint NOT NULL DEFAULT 0
);
CREATE TABLE report_episodes (
  account text NOT NULL,
  inbox text NOT NULL,
  conversation text NOT NULL,
  episode integer NOT NULL,
  opened_at timestamp with time zone NOT NULL,
  opened_by text,
  returned boolean NOT NULL DEFAULT false,
  answered_at timestamp with time zone,
  answered_by text,
  first_closed_at timestamp with time zone,
  closed_at timestamp with time zone,
  closed_by text,
  closed_agent text,
  agent text,
  team text,
  reopens integer NOT NULL DEFAULT 0,
  first_reply bigint,
  first_resolution bigint,
  full_resolution bigint,
  requester_wait bigint NOT NULL DEFAULT 0,
  agent_wait bigint NOT NULL DEFAULT 0,
  snoozed bigint NOT NULL DEFAULT 0,
  in_new bigint NOT NULL DEFAULT 0,
  in_progress bigint NOT NULL DEFAULT 0,
  in_flow bigint NOT NULL DEFAULT 0,
  in_resolved bigint NOT NULL DEFAULT 0,
  status text,
  since timestamp with time zone NOT NULL,
  waiting_since timestamp with time zone,
  in_flow_meanwhile bigint NOT NULL DEFAULT 0,
  is_snoozed boolean NOT NULL DEFAULT false,
  flow_seq integer,
  steps text
) WITH (fillfactor=80);
ALTER TABLE report_episodes ENABLE ROW LEVEL SECURITY;
CREATE TABLE report_flows (
  account text NOT NULL,
  inbox text NOT NULL,
  conversation text NOT NULL,
  seq integer NOT NULL,
  episode integer,
  opened_by text,
  started_at timestamp with time zone NOT NULL,
  source text NOT NULL,
  rule text,
  ended_at timestamp with time zone,
  outcome text,
  ended_by text,
  handed_over boolean NOT NULL DEFAULT false,
  agent text,
  team text,
  answered_at timestamp with time zone
) WITH (fillfactor=80);
ALTER TABLE report_flows ENABLE ROW LEVEL SECURITY;
CREATE TABLE report_waits (
  account text NOT NULL,
  inbox text NOT NULL,
  conversation text NOT NULL,
  seq integer NOT NULL,
  episode integer NOT NULL,
  opened_by text,
  ended_at timestamp with time zone NOT NULL,
  ended_by text NOT NULL,
  first boolean NOT NULL,
  answered_by text,
  agent text,
  team text,
  took bigint NOT NULL,
  step text
);
ALTER TABLE report_waits ENABLE ROW LEVEL SECURITY;
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
  late boolean NOT NULL,
  failure text
);
ALTER TABLE surveys ENABLE ROW LEVEL SECURITY;
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
ALTER TABLE timeline ENABLE ROW LEVEL SECURITY;
CREATE TABLE webhooks (
  webhook text NOT NULL,
  account text NOT NULL,
  url text NOT NULL,
  types text[],
  inboxes text[],
  state text NOT NULL DEFAULT 'active'::text,
  secrets json NOT NULL,
  since pg_snapshot NOT NULL DEFAULT pg_current_snapshot(),
  heard_xid xid8 NOT NULL DEFAULT pg_snapshot_xmin(pg_current_snapshot()),
  heard_id bigint NOT NULL DEFAULT 0,
  last_nth bigint NOT NULL DEFAULT 0,
  failures integer NOT NULL DEFAULT 0,
  held_until timestamp with time zone,
  wake_at timestamp with time zone NOT NULL DEFAULT 'infinity'::timestamp with time zone,
  attended_until timestamp with time zone NOT NULL DEFAULT '-infinity'::timestamp with time zone,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  kind text NOT NULL DEFAULT 'http'::text
);
ALTER TABLE webhooks ENABLE ROW LEVEL SECURITY;
CREATE TABLE whatsapp_channels (
  channel text NOT NULL,
  account text NOT NULL,
  inbox text NOT NULL,
  phone_number_id text NOT NULL,
  graph_url text NOT NULL,
  graph_version text NOT NULL,
  survey jsonb NOT NULL,
  problem jsonb,
  created_at timestamp with time zone NOT NULL DEFAULT now(),
  updated_at timestamp with time zone NOT NULL DEFAULT now(),
  verify_token text NOT NULL,
  app_secret text NOT NULL,
  access_token text NOT NULL
);
ALTER TABLE whatsapp_channels ENABLE ROW LEVEL SECURITY;
CREATE TABLE whatsapp_contacts (
  account text NOT NULL,
  inbox text NOT NULL,
  conversation text NOT NULL,
  address text NOT NULL,
  address_tag text NOT NULL
);
ALTER TABLE whatsapp_contacts ENABLE ROW LEVEL SECURITY;
CREATE TABLE whatsapp_surveys (
  account text NOT NULL,
  inbox text NOT NULL,
  survey text NOT NULL,
  conversation text NOT NULL,
  message_id text,
  claimed_at timestamp with time zone NOT NULL DEFAULT now()
);
ALTER TABLE whatsapp_surveys ENABLE ROW LEVEL SECURITY;
CREATE UNLOGGED TABLE workers (
  worker text NOT NULL,
  heard_at timestamp with time zone NOT NULL,
  oldest_unwritten_ms integer NOT NULL,
  timer_lag_ms integer,
  dropped integer NOT NULL DEFAULT 0
);

ALTER TABLE accounts ADD CONSTRAINT accounts_pkey PRIMARY KEY (account);
ALTER TABLE api_keys ADD CONSTRAINT api_keys_key_hash_key UNIQUE (key_hash);
ALTER TABLE api_keys ADD CONSTRAINT api_keys_pkey PRIMARY KEY (id);
ALTER TABLE api_keys ADD CONSTRAINT api_keys_rate_per_second_check CHECK ((rate_per_second > 0));
ALTER TABLE audit ADD CONSTRAINT audit_pkey PRIMARY KEY (id);
ALTER TABLE bulk_items ADD CONSTRAINT bulk_items_pkey PRIMARY KEY (job, nth);
ALTER TABLE bulk_items ADD CONSTRAINT bulk_items_verdict_check CHECK ((verdict = ANY (ARRAY['applied'::text, 'ignored'::text, 'refused'::text])));
ALTER TABLE bulk_jobs ADD CONSTRAINT bulk_jobs_pkey PRIMARY KEY (job);
ALTER TABLE bulk_jobs ADD CONSTRAINT bulk_jobs_state_check CHECK ((state = ANY (ARRAY['running'::text, 'aborting'::text, 'done'::text, 'aborted'::text])));
ALTER TABLE code_numbers ADD CONSTRAINT code_numbers_pkey PRIMARY KEY (number);
ALTER TABLE conversation_aliases ADD CONSTRAINT conversation_aliases_pkey PRIMARY KEY (account, inbox, alias);
ALTER TABLE conversation_tags ADD CONSTRAINT conversation_tags_pkey PRIMARY KEY (account, inbox, tag, status, archived, last_activity_at, conversation) INCLUDE (unread, snoozed, waiting, agent, team, blocked, opted_out, window_closes_at);
ALTER TABLE conversations ADD CONSTRAINT conversations_account_inbox_fkey FOREIGN KEY (account, inbox) REFERENCES inboxes(account, inbox);
ALTER TABLE conversations ADD CONSTRAINT conversations_check CHECK (((flow IS NOT NULL) = (status = 'in_flow'::text)));
ALTER TABLE conversations ADD CONSTRAINT conversations_check1 CHECK (((closed_at IS NOT NULL) = (status = 'closed'::text)));
ALTER TABLE conversations ADD CONSTRAINT conversations_check2 CHECK (((close IS NOT NULL) = (status = ANY (ARRAY['resolved'::text, 'closed'::text]))));
ALTER TABLE conversations ADD CONSTRAINT conversations_opened_by_check CHECK ((opened_by = ANY (ARRAY['message'::text, 'agent_reply'::text, 'flow'::text, 'broadcast'::text, 'inbound'::text])));
ALTER TABLE conversations ADD CONSTRAINT conversations_pkey PRIMARY KEY (account, inbox, conversation) INCLUDE (status, archived, unread, snoozed, waiting, agent, team, blocked, opted_out, window_closes_at);
ALTER TABLE conversations ADD CONSTRAINT conversations_status_check CHECK ((status = ANY (ARRAY['not_contacted'::text, 'new'::text, 'in_progress'::text, 'in_flow'::text, 'resolved'::text, 'closed'::text])));
ALTER TABLE conversations ADD CONSTRAINT conversations_waiting_on_check CHECK ((waiting_on = ANY (ARRAY['agent'::text, 'customer'::text, 'bot'::text, 'survey'::text, 'nobody'::text])));
ALTER TABLE deliveries ADD CONSTRAINT deliveries_pkey PRIMARY KEY (webhook, nth);
ALTER TABLE deliveries ADD CONSTRAINT deliveries_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'delivered'::text, 'parked'::text])));
ALTER TABLE episodes ADD CONSTRAINT episodes_opened_by_check CHECK ((opened_by = ANY (ARRAY['message'::text, 'agent_reply'::text, 'flow'::text, 'broadcast'::text, 'inbound'::text])));
ALTER TABLE episodes ADD CONSTRAINT episodes_pkey PRIMARY KEY (account, inbox, conversation, episode);
ALTER TABLE erasures ADD CONSTRAINT erasures_check CHECK (((inbox IS NULL) = ((scope = 'account'::text) OR (state = 'done'::text))));
ALTER TABLE erasures ADD CONSTRAINT erasures_check1 CHECK (((conversation IS NULL) = ((scope <> 'conversation'::text) OR (state = 'done'::text))));
ALTER TABLE erasures ADD CONSTRAINT erasures_pkey PRIMARY KEY (erasure);
ALTER TABLE erasures ADD CONSTRAINT erasures_scope_check CHECK ((scope = ANY (ARRAY['conversation'::text, 'inbox'::text, 'account'::text])));
ALTER TABLE erasures ADD CONSTRAINT erasures_state_check CHECK ((state = ANY (ARRAY['running'::text, 'done'::text])));
ALTER TABLE inbox_secrets ADD CONSTRAINT inbox_secrets_pkey PRIMARY KEY (account, inbox);
ALTER TABLE inboxes ADD CONSTRAINT inboxes_pkey PRIMARY KEY (account, inbox);
ALTER TABLE key_rates ADD CONSTRAINT key_rates_key_id_fkey FOREIGN KEY (key_id) REFERENCES api_keys(id) ON DELETE CASCADE;
ALTER TABLE key_rates ADD CONSTRAINT key_rates_pkey PRIMARY KEY (key_id);
ALTER TABLE migrations ADD CONSTRAINT migrations_pkey PRIMARY KEY (id);
ALTER TABLE outbox ADD CONSTRAINT outbox_account_inbox_conversation_seq_nth_key UNIQUE (account, inbox, conversation, seq, nth);
ALTER TABLE outbox ADD CONSTRAINT outbox_pkey PRIMARY KEY (id);
ALTER TABLE outbox_horizon ADD CONSTRAINT outbox_horizon_one_check CHECK (one);
ALTER TABLE outbox_horizon ADD CONSTRAINT outbox_horizon_pkey PRIMARY KEY (one);
ALTER TABLE report_episodes ADD CONSTRAINT report_episodes_pkey PRIMARY KEY (account, inbox, conversation, episode);
ALTER TABLE report_flows ADD CONSTRAINT report_flows_outcome_check CHECK ((outcome = ANY (ARRAY['completed'::text, 'cancelled'::text, 'failed'::text, 'expired'::text, 'interrupted'::text])));
ALTER TABLE report_flows ADD CONSTRAINT report_flows_pkey PRIMARY KEY (account, inbox, conversation, seq);
ALTER TABLE report_waits ADD CONSTRAINT report_waits_ended_by_check CHECK ((ended_by = ANY (ARRAY['reply'::text, 'automatic'::text, 'flow'::text, 'close'::text, 'other'::text])));
ALTER TABLE report_waits ADD CONSTRAINT report_waits_pkey PRIMARY KEY (account, inbox, conversation, seq);
ALTER TABLE surveys ADD CONSTRAINT surveys_pkey PRIMARY KEY (account, inbox, conversation, survey);
ALTER TABLE surveys ADD CONSTRAINT surveys_score_check CHECK (((score >= 1) AND (score <= 5)));
ALTER TABLE surveys ADD CONSTRAINT surveys_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'answered'::text, 'expired'::text, 'superseded'::text, 'failed'::text])));
ALTER TABLE timeline ADD CONSTRAINT timeline_pkey PRIMARY KEY (account, inbox, conversation, seq);
ALTER TABLE timeline ADD CONSTRAINT timeline_verdict_check CHECK ((verdict = ANY (ARRAY['applied'::text, 'ignored'::text, 'refused'::text])));
ALTER TABLE webhooks ADD CONSTRAINT webhooks_kind_check CHECK ((kind = ANY (ARRAY['http'::text, 'whatsapp'::text])));
ALTER TABLE webhooks ADD CONSTRAINT webhooks_pkey PRIMARY KEY (webhook);
ALTER TABLE webhooks ADD CONSTRAINT webhooks_state_check CHECK ((state = ANY (ARRAY['active'::text, 'paused'::text])));
ALTER TABLE whatsapp_channels ADD CONSTRAINT whatsapp_channels_account_inbox_key UNIQUE (account, inbox);
ALTER TABLE whatsapp_channels ADD CONSTRAINT whatsapp_channels_pkey PRIMARY KEY (channel);
ALTER TABLE whatsapp_contacts ADD CONSTRAINT whatsapp_contacts_pkey PRIMARY KEY (account, inbox, conversation);
ALTER TABLE whatsapp_surveys ADD CONSTRAINT whatsapp_surveys_pkey PRIMARY KEY (account, inbox, survey);
ALTER TABLE workers ADD CONSTRAINT workers_pkey PRIMARY KEY (worker);

CREATE INDEX api_keys_account ON api_keys USING btree (account, created_at);
CREATE INDEX audit_account ON audit USING btree (account, id);
CREATE INDEX bulk_items_of ON bulk_items USING btree (account, inbox, conversation);
CREATE INDEX bulk_items_undecided ON bulk_items USING btree (job, nth) WHERE ((sent_at IS NOT NULL) AND (verdict IS NULL));
CREATE INDEX bulk_items_unsent ON bulk_items USING btree (job, nth) WHERE (sent_at IS NULL);
CREATE INDEX bulk_jobs_ended ON bulk_jobs USING btree (ended_at) WHERE (ended_at IS NOT NULL);
CREATE INDEX bulk_jobs_running ON bulk_jobs USING btree (created_at) WHERE (state = ANY (ARRAY['running'::text, 'aborting'::text]));
CREATE INDEX conversation_aliases_any ON conversation_aliases USING btree (account, inbox) WHERE ((alias <> conversation) AND (length(alias) > 0));
CREATE INDEX conversation_aliases_of ON conversation_aliases USING btree (account, inbox, conversation) WHERE (length(conversation) > 0);
CREATE INDEX conversation_counts_inbox ON conversation_counts USING btree (account, inbox);
CREATE INDEX conversations_blocked ON conversations USING btree (account, inbox, status, archived, last_activity_at, conversation) WHERE blocked;
CREATE INDEX conversations_by_agent ON conversations USING btree (account, inbox, agent, status, archived, last_activity_at, conversation) WHERE (agent IS NOT NULL);
CREATE INDEX conversations_by_status ON conversations USING btree (account, inbox, status, archived, last_activity_at, conversation) WHERE (version >= 0);
CREATE INDEX conversations_by_team ON conversations USING btree (account, inbox, team, status, archived, last_activity_at, conversation) WHERE (team IS NOT NULL);
CREATE INDEX conversations_by_window ON conversations USING btree (account, inbox, window_closes_at, conversation) WHERE (window_closes_at IS NOT NULL);
CREATE INDEX conversations_due ON conversations USING btree (((next ->> 'due_at'::text)), (((account || '/'::text) || inbox))) WHERE (next IS NOT NULL);
CREATE INDEX conversations_snoozed ON conversations USING btree (account, inbox, status, archived, last_activity_at, conversation) WHERE snoozed;
CREATE INDEX conversations_unread ON conversations USING btree (account, inbox, status, archived, last_activity_at, conversation) WHERE unread;
CREATE INDEX conversations_waiting ON conversations USING btree (account, inbox, waiting_since, conversation) WHERE (waiting_since IS NOT NULL);
CREATE INDEX deliveries_due ON deliveries USING btree (webhook, due_at, nth) WHERE ((state = 'pending'::text) AND (due_at < 'infinity'::timestamp with time zone));
CREATE INDEX deliveries_ended ON deliveries USING btree (ended_at) WHERE (ended_at IS NOT NULL);
CREATE INDEX deliveries_lanes ON deliveries USING btree (webhook, inbox, conversation, nth) WHERE (state = 'pending'::text);
CREATE INDEX deliveries_of ON deliveries USING btree (account, inbox, conversation);
CREATE INDEX deliveries_parked ON deliveries USING btree (webhook, nth) WHERE (state = 'parked'::text);
CREATE INDEX episodes_started ON episodes USING btree (account, inbox, started_at);
CREATE UNIQUE INDEX erasures_running ON erasures USING btree (account, COALESCE(inbox, ''::text), COALESCE(conversation, ''::text)) WHERE (state = 'running'::text);
CREATE INDEX outbox_in_order ON outbox USING btree (account, xid, id);
CREATE INDEX report_episodes_answered ON report_episodes USING btree (account, inbox, answered_at) WHERE ((episode > 0) AND (answered_at IS NOT NULL));
CREATE INDEX report_episodes_closed ON report_episodes USING btree (account, inbox, closed_at) WHERE ((episode > 0) AND (closed_at IS NOT NULL));
CREATE INDEX report_episodes_open ON report_episodes USING btree (account, inbox, opened_at) WHERE ((episode > 0) AND (closed_at IS NULL));
CREATE INDEX report_episodes_opened ON report_episodes USING btree (account, inbox, opened_at) WHERE (episode > 0);
CREATE INDEX report_flows_started ON report_flows USING btree (account, inbox, started_at) WHERE (seq > 0);
CREATE INDEX report_flows_unanswered ON report_flows USING btree (account, inbox, conversation) WHERE ((source = 'broadcast'::text) AND (rule IS NULL) AND (answered_at IS NULL));
CREATE INDEX report_waits_ended ON report_waits USING btree (account, inbox, ended_at) WHERE (seq > 0);
CREATE INDEX surveys_asked ON surveys USING btree (account, inbox, asked_at);
CREATE UNIQUE INDEX timeline_event ON timeline USING btree (account, inbox, conversation, event);
CREATE INDEX webhooks_account ON webhooks USING btree (account, created_at);
CREATE INDEX whatsapp_surveys_claimed ON whatsapp_surveys USING btree (claimed_at);
CREATE INDEX whatsapp_surveys_message ON whatsapp_surveys USING btree (account, inbox, message_id);

CREATE OR REPLACE FUNCTION public.account_of_channel(asked text)
 RETURNS text
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
  SELECT account FROM whatsapp_channels WHERE channel = asked
$function$
;
CREATE OR REPLACE FUNCTION public.age_out(of_account text, of_inbox text, after text, conversations integer, at_most integer, OUT last text, OUT gone integer)
 RETURNS record
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
DECLARE
  timeline_until timestamptz;
  closed_until timestamptz;
  deliveries_until timestamptz;
  page text[];
  c record;
  cut integer;
  first_kept integer;
  deleted integer;
BEGIN
  gone := 0;
  SELECT now() - (retention ->> 'timeline_days')::integer * interval '1 day',
    now() - (retention ->> 'closed_days')::integer * interval '1 day',
    now() - (retention ->> 'deliveries_days')::integer * interval '1 day'
  INTO timeline_until, closed_until, deliveries_until
  FROM inboxes WHERE account = of_account AND inbox = of_inbox;
  page := ARRAY(SELECT k.conversation FROM conversations k
    WHERE k.account = of_account AND k.inbox = of_inbox AND k.conversation > after ORDER BY k.conversation LIMIT conversations);
  FOR c IN
    SELECT k.conversation, k.episode, k.survey ->> 'survey' AS survey, newest.seq AS newest,
      k.status = 'closed' AND k.closed_at < closed_until AS is_over
    FROM unnest(page) WITH ORDINALITY AS asked(conversation, nth)
    CROSS JOIN LATERAL (
      SELECT * FROM conversations k
      WHERE k.account = of_account AND k.inbox = of_inbox AND k.conversation = asked.conversation LIMIT 1
    ) k
    LEFT JOIN LATERAL (
      SELECT t.seq FROM timeline t
      WHERE t.account = of_account AND t.inbox = of_inbox AND t.conversation = k.conversation ORDER BY t.seq DESC LIMIT 1
    ) newest ON true
    ORDER BY asked.nth
  LOOP
    SELECT max(t.seq) INTO cut FROM (
      SELECT t.seq, t.at FROM timeline t
      WHERE t.account = of_account AND t.inbox = of_inbox AND t.conversation = c.conversation AND t.seq < c.newest
      ORDER BY t.seq LIMIT at_most
    ) t WHERE t.at < timeline_until OR c.is_over;
    IF cut IS NOT NULL THEN
      SELECT t.seq INTO first_kept FROM timeline t
      WHERE t.account = of_account AND t.inbox = of_inbox AND t.conversation = c.conversation AND t.seq > cut
      ORDER BY t.seq LIMIT 1;
      UPDATE timeline k SET changes = (
        SELECT jsonb_object_agg(change.key, change.value ORDER BY t.seq) FROM timeline t, jsonb_each(t.changes) change
        WHERE t.account = of_account AND t.inbox = of_inbox AND t.conversation = c.conversation AND t.seq <= first_kept)
      WHERE k.account = of_account AND k.inbox = of_inbox AND k.conversation = c.conversation AND k.seq = first_kept;
      DELETE FROM timeline t
      WHERE t.account = of_account AND t.inbox = of_inbox AND t.conversation = c.conversation AND t.seq <= cut;
      GET DIAGNOSTICS deleted = ROW_COUNT;
      gone := gone + deleted;
    END IF;
    IF c.is_over THEN
      -- in the order of their keys: only the primary key gives that without a sort, so it is taken with any statistics
      DELETE FROM episodes WHERE ctid = ANY (ARRAY(SELECT e.ctid FROM episodes e
        WHERE e.account = of_account AND e.inbox = of_inbox AND e.conversation = c.conversation AND e.episode < c.episode
        ORDER BY e.episode));
      GET DIAGNOSTICS deleted = ROW_COUNT;
      gone := gone + deleted;
      UPDATE surveys SET comment = NULL -- what was scored stays for the reports
      WHERE ctid = ANY (ARRAY(SELECT s.ctid FROM surveys s
        WHERE s.account = of_account AND s.inbox = of_inbox AND s.conversation = c.conversation AND s.comment IS NOT NULL
          AND s.survey IS DISTINCT FROM c.survey ORDER BY s.survey));
    END IF;
    DELETE FROM deliveries d
    WHERE d.account = of_account AND d.inbox = of_inbox AND d.conversation = c.conversation AND d.ended_at < deliveries_until;
    GET DIAGNOSTICS deleted = ROW_COUNT;
    gone := gone + deleted;
    -- a long timeline goes on in the next call
    EXIT WHEN gone >= at_most;
    last := c.conversation;
  END LOOP;
  IF gone >= at_most THEN
    last := coalesce(last, after);
  END IF;
END $function$
;
CREATE OR REPLACE FUNCTION public.announce_api_keys()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
  NOTIFY api_keys_changed;
  RETURN NULL;
END $function$
;
CREATE OR REPLACE FUNCTION public.announce_erasures()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
BEGIN
  PERFORM pg_notify('erasures', '');
  RETURN NULL;
END $function$
;
CREATE OR REPLACE FUNCTION public.conversations_delete()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
DECLARE
  in_account text;
  in_inbox text;
BEGIN
  IF NOT EXISTS (SELECT FROM before) THEN
    RETURN NULL;
  END IF;

  WITH moved AS MATERIALIZED (
    SELECT account, inbox, t.name AS tag, status, archived, last_activity_at, conversation, unread, snoozed, waiting, agent, team,
      blocked, opted_out, window_closes_at, sum(by) AS by
    FROM (SELECT *, -1 AS by FROM before) c, jsonb_to_recordset(tags) AS t(name text) WHERE tags <> '[]'
    GROUP BY account, inbox, t.name, status, archived, last_activity_at, conversation, unread, snoozed, waiting, agent, team,
      blocked, opted_out, window_closes_at
    HAVING sum(by) <> 0
  ), gone AS (
    DELETE FROM conversation_tags WHERE ctid = ANY (ARRAY(
      SELECT found.ctid FROM moved m, LATERAL (
        SELECT ctid FROM conversation_tags t
        WHERE (t.account, t.inbox, t.tag, t.status, t.archived, t.last_activity_at, t.conversation)
          = (m.account, m.inbox, m.tag, m.status, m.archived, m.last_activity_at, m.conversation) LIMIT 1
      ) found WHERE m.by < 0
    )) RETURNING 1
  )
  INSERT INTO conversation_tags
    SELECT account, inbox, tag, status, archived, last_activity_at, conversation, unread, snoozed, waiting, agent, team,
      blocked, opted_out, window_closes_at
    FROM moved WHERE by > 0 AND (SELECT count(*) FROM gone) >= 0; -- the old rows go first: the key may be the same

  FOR in_account, in_inbox IN
    WITH changed AS (
      INSERT INTO conversation_counts
        SELECT account, inbox, status, archived, unread, snoozed, waiting, agent, team, blocked, sum(by)
        FROM (SELECT *, -1 AS by FROM before) c
        GROUP BY account, inbox, status, archived, unread, snoozed, waiting, agent, team, blocked HAVING sum(by) <> 0
      RETURNING account, inbox
    )
    SELECT DISTINCT account, inbox FROM changed
  LOOP
    IF random() < 0.005 THEN
      PERFORM fold_conversation_counts(in_account, in_inbox);
    END IF;
  END LOOP;
  RETURN NULL;
END $function$
;
CREATE OR REPLACE FUNCTION public.conversations_insert()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
DECLARE
  in_account text;
  in_inbox text;
BEGIN
  IF NOT EXISTS (SELECT FROM after) THEN
    RETURN NULL;
  END IF;

  WITH moved AS MATERIALIZED (
    SELECT account, inbox, t.name AS tag, status, archived, last_activity_at, conversation, unread, snoozed, waiting, agent, team,
      blocked, opted_out, window_closes_at, sum(by) AS by
    FROM (SELECT *, 1 AS by FROM after) c, jsonb_to_recordset(tags) AS t(name text) WHERE tags <> '[]'
    GROUP BY account, inbox, t.name, status, archived, last_activity_at, conversation, unread, snoozed, waiting, agent, team,
      blocked, opted_out, window_closes_at
    HAVING sum(by) <> 0
  ), gone AS (
    DELETE FROM conversation_tags WHERE ctid = ANY (ARRAY(
      SELECT found.ctid FROM moved m, LATERAL (
        SELECT ctid FROM conversation_tags t
        WHERE (t.account, t.inbox, t.tag, t.status, t.archived, t.last_activity_at, t.conversation)
          = (m.account, m.inbox, m.tag, m.status, m.archived, m.last_activity_at, m.conversation) LIMIT 1
      ) found WHERE m.by < 0
    )) RETURNING 1
  )
  INSERT INTO conversation_tags
    SELECT account, inbox, tag, status, archived, last_activity_at, conversation, unread, snoozed, waiting, agent, team,
      blocked, opted_out, window_closes_at
    FROM moved WHERE by > 0 AND (SELECT count(*) FROM gone) >= 0; -- the old rows go first: the key may be the same

  FOR in_account, in_inbox IN
    WITH changed AS (
      INSERT INTO conversation_counts
        SELECT account, inbox, status, archived, unread, snoozed, waiting, agent, team, blocked, sum(by)
        FROM (SELECT *, 1 AS by FROM after) c
        GROUP BY account, inbox, status, archived, unread, snoozed, waiting, agent, team, blocked HAVING sum(by) <> 0
      RETURNING account, inbox
    )
    SELECT DISTINCT account, inbox FROM changed
  LOOP
    IF random() < 0.005 THEN
      PERFORM fold_conversation_counts(in_account, in_inbox);
    END IF;
  END LOOP;
  RETURN NULL;
END $function$
;
CREATE OR REPLACE FUNCTION public.conversations_unreported()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
BEGIN
  DELETE FROM report_episodes r USING before b WHERE (r.account, r.inbox, r.conversation) = (b.account, b.inbox, b.conversation);
  DELETE FROM report_waits r USING before b WHERE (r.account, r.inbox, r.conversation) = (b.account, b.inbox, b.conversation);
  DELETE FROM report_flows r USING before b WHERE (r.account, r.inbox, r.conversation) = (b.account, b.inbox, b.conversation);
  RETURN NULL;
END $function$
;
CREATE OR REPLACE FUNCTION public.conversations_update()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
DECLARE
  in_account text;
  in_inbox text;
BEGIN
  IF NOT EXISTS (SELECT FROM after) THEN
    RETURN NULL;
  END IF;

  WITH moved AS MATERIALIZED (
    SELECT account, inbox, t.name AS tag, status, archived, last_activity_at, conversation, unread, snoozed, waiting, agent, team,
      blocked, opted_out, window_closes_at, sum(by) AS by
    FROM (SELECT *, -1 AS by FROM before UNION ALL SELECT *, 1 AS by FROM after) c, jsonb_to_recordset(tags) AS t(name text) WHERE tags <> '[]'
    GROUP BY account, inbox, t.name, status, archived, last_activity_at, conversation, unread, snoozed, waiting, agent, team,
      blocked, opted_out, window_closes_at
    HAVING sum(by) <> 0
  ), gone AS (
    DELETE FROM conversation_tags WHERE ctid = ANY (ARRAY(
      SELECT found.ctid FROM moved m, LATERAL (
        SELECT ctid FROM conversation_tags t
        WHERE (t.account, t.inbox, t.tag, t.status, t.archived, t.last_activity_at, t.conversation)
          = (m.account, m.inbox, m.tag, m.status, m.archived, m.last_activity_at, m.conversation) LIMIT 1
      ) found WHERE m.by < 0
    )) RETURNING 1
  )
  INSERT INTO conversation_tags
    SELECT account, inbox, tag, status, archived, last_activity_at, conversation, unread, snoozed, waiting, agent, team,
      blocked, opted_out, window_closes_at
    FROM moved WHERE by > 0 AND (SELECT count(*) FROM gone) >= 0; -- the old rows go first: the key may be the same

  FOR in_account, in_inbox IN
    WITH changed AS (
      INSERT INTO conversation_counts
        SELECT account, inbox, status, archived, unread, snoozed, waiting, agent, team, blocked, sum(by)
        FROM (SELECT *, -1 AS by FROM before UNION ALL SELECT *, 1 AS by FROM after) c
        GROUP BY account, inbox, status, archived, unread, snoozed, waiting, agent, team, blocked HAVING sum(by) <> 0
      RETURNING account, inbox
    )
    SELECT DISTINCT account, inbox FROM changed
  LOOP
    IF random() < 0.005 THEN
      PERFORM fold_conversation_counts(in_account, in_inbox);
    END IF;
  END LOOP;
  RETURN NULL;
END $function$
;
CREATE OR REPLACE FUNCTION public.due_timers(in_inbox text, since text, until text)
 RETURNS TABLE(inbox text, conversation text, timer text, due_at text)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
  SELECT c.inbox, c.conversation, c.next ->> 'timer', c.next ->> 'due_at' FROM conversations c
  WHERE c.next IS NOT NULL AND c.next ->> 'due_at' >= since AND c.next ->> 'due_at' < until
    AND c.account || '/' || c.inbox = current_setting('app.account', true) || '/' || in_inbox
  UNION ALL
  SELECT c.inbox, c.conversation, c.next ->> 'timer', c.next ->> 'due_at' FROM conversations c
  WHERE c.next IS NOT NULL AND c.next ->> 'due_at' >= since AND c.next ->> 'due_at' < until
    AND c.account || '' = current_setting('app.account', true) AND in_inbox IS NULL
$function$
;
CREATE OR REPLACE FUNCTION public.erase_rows(of text, at_most integer)
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
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
  condition := CASE e.scope WHEN 'conversation' THEN '(account, inbox, conversation) = ($1, $2, $3) AND length(conversation) > 0'
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
        DELETE FROM %1$I WHERE ctid = ANY (ARRAY(SELECT ctid FROM %1$I WHERE %2$s LIMIT $4)) RETURNING 1
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
END $function$
;
CREATE OR REPLACE FUNCTION public.fold_conversation_counts(of_account text, of_inbox text)
 RETURNS void
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
AS $function$
BEGIN
  IF (SELECT count(*) FILTER (WHERE NOT folded) < greatest(1000, count(*) FILTER (WHERE folded))
      FROM conversation_counts WHERE account = of_account AND inbox = of_inbox) THEN
    RETURN;
  END IF;
  WITH taken AS (
    DELETE FROM conversation_counts WHERE ctid = ANY (ARRAY(
      SELECT ctid FROM conversation_counts WHERE account = of_account AND inbox = of_inbox FOR UPDATE SKIP LOCKED
    )) RETURNING *
  )
  INSERT INTO conversation_counts
    SELECT account, inbox, status, archived, unread, snoozed, waiting, agent, team, blocked, sum(n), true FROM taken
    GROUP BY account, inbox, status, archived, unread, snoozed, waiting, agent, team, blocked HAVING sum(n) <> 0;
END $function$
;
CREATE OR REPLACE FUNCTION public.import_conversations(of_inbox text, under integer, rows json, entries json, ended json, asked json)
 RETURNS text[]
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
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
      INSERT INTO conversations (%1$s) SELECT %1$s FROM json_populate_recordset(NULL::conversations, $1)
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
END $function$
;
CREATE OR REPLACE FUNCTION public.is_reported(t timeline)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE
RETURN CASE WHEN ((t).type = 'message'::text) THEN (((t).verdict = 'applied'::text) OR COALESCE(((t).reason = 'courtesy'::text), false)) WHEN ((t).type = 'flow_start'::text) THEN ((t).verdict <> 'ignored'::text) ELSE COALESCE(((t).changes ?| ARRAY['episode'::text, 'status'::text, 'waiting_since'::text, 'snoozed_until'::text, 'assignee'::text, 'first_reply_at'::text]), false) END
;
CREATE OR REPLACE FUNCTION public.keep_audited(name regclass, kind text, id text, shown text, secret text DEFAULT ''::text)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
BEGIN
  EXECUTE format('CREATE TRIGGER audited AFTER INSERT OR UPDATE OF %s OR DELETE ON %s
    FOR EACH ROW EXECUTE FUNCTION write_audit(%L, %L, %L, %L)', concat_ws(', ', shown, nullif(secret, '')), name, kind, id, shown,
    secret);
END $function$
;
CREATE OR REPLACE FUNCTION public.keep_to_account(name regclass)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', name);
  -- (SELECT …): asked once a statement, not once a row
  EXECUTE format('CREATE POLICY own_account ON %s TO conversations_api
    USING (account = (SELECT current_setting(''app.account'', true)))', name);
  EXECUTE format('CREATE POLICY every_account ON %s TO conversations_worker, CURRENT_USER USING (true)', name);
END $function$
;
CREATE OR REPLACE FUNCTION public.milliseconds(since timestamp with time zone, until timestamp with time zone)
 RETURNS bigint
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN GREATEST((0)::bigint, ((EXTRACT(epoch FROM (until - since)) * (1000)::numeric))::bigint)
;
CREATE OR REPLACE FUNCTION public.parts_that_differ(of jsonb, other jsonb)
 RETURNS jsonb
 LANGUAGE sql
 IMMUTABLE
AS $function$
  SELECT coalesce(jsonb_object_agg(key, value), '{}') FROM jsonb_each(of) WHERE value IS DISTINCT FROM other -> key
$function$
;
CREATE OR REPLACE FUNCTION public.rebuild_reports(of_account text, of_inbox text, of_conversation text)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
DECLARE
  t timeline;
BEGIN
  DELETE FROM report_episodes WHERE account = of_account AND inbox = of_inbox AND conversation = of_conversation;
  DELETE FROM report_waits WHERE account = of_account AND inbox = of_inbox AND conversation = of_conversation;
  DELETE FROM report_flows WHERE account = of_account AND inbox = of_inbox AND conversation = of_conversation;
  INSERT INTO report_episodes (account, inbox, conversation, episode, opened_at, opened_by, answered_at, first_closed_at, closed_at,
    closed_by, closed_agent, agent, team, first_resolution, full_resolution, status, since)
  SELECT account, inbox, conversation, episode, started_at, opened_by, first_reply_at, closed_at, closed_at,
    close ->> 'by', close ->> 'agent', assignee ->> 'agent', assignee ->> 'team', milliseconds(started_at, closed_at),
    milliseconds(started_at, closed_at), 'closed', coalesce(closed_at, started_at)
  FROM episodes WHERE account = of_account AND inbox = of_inbox AND conversation = of_conversation
    AND episode < (SELECT coalesce(min(nullif(changes ->> 'episode', '0')::integer), 1) FROM timeline
      WHERE account = of_account AND inbox = of_inbox AND conversation = of_conversation)
  ORDER BY episode;
  FOR t IN SELECT * FROM timeline n
    WHERE n.account = of_account AND n.inbox = of_inbox AND n.conversation = of_conversation AND is_reported(n) ORDER BY n.seq
  LOOP
    PERFORM report(t, true);
  END LOOP;
END $function$
;
CREATE OR REPLACE FUNCTION public.report(t timeline, anyway boolean)
 RETURNS boolean
 LANGUAGE plpgsql
AS $function$
DECLARE
  c jsonb := coalesce(t.changes, '{}');
  e report_episodes;
  of_episode integer := nullif(c ->> 'episode', '0')::integer;
  began boolean;
  waiting timestamptz;
  passed bigint;
  replied boolean := t.type = 'agent_reply' AND t.verdict = 'applied';
BEGIN
  IF t.type = 'message' THEN
    UPDATE report_flows f SET answered_at = t.at
    WHERE f.account = t.account AND f.inbox = t.inbox AND f.conversation = t.conversation
      AND f.source = 'broadcast' AND f.rule IS NULL AND f.answered_at IS NULL;
  ELSIF t.type = 'flow_start' AND t.verdict = 'refused' THEN
    IF t.data ->> 'source' = 'broadcast' THEN
      INSERT INTO report_flows (account, inbox, conversation, seq, started_at, source, rule)
      VALUES (t.account, t.inbox, t.conversation, t.seq, t.at, 'broadcast', t.rule);
    END IF;
    RETURN true;
  END IF;
  IF t.verdict <> 'applied' AND of_episode IS NULL
    OR t.type <> 'flow_start' AND NOT c ?| ARRAY['episode', 'status', 'waiting_since', 'snoozed_until', 'assignee', 'first_reply_at']
  THEN
    RETURN true;
  END IF;

  SELECT * INTO e FROM report_episodes r
  WHERE r.account = t.account AND r.inbox = t.inbox AND r.conversation = t.conversation ORDER BY r.episode DESC LIMIT 1;
  began := of_episode > coalesce(e.episode, 0);
  IF e.episode IS NULL AND of_episode IS NULL THEN
    RETURN false;
  ELSIF began AND of_episode > coalesce(e.episode, 0) + 1 AND NOT anyway THEN
    RETURN false;
  ELSIF began THEN
    e := ROW(t.account, t.inbox, t.conversation, of_episode, coalesce((c ->> 'started_at')::timestamptz, t.at),
      coalesce(c ->> 'opened_by', CASE t.type WHEN 'flow_start' THEN t.data ->> 'source' WHEN 'message' THEN t.type WHEN 'agent_reply' THEN t.type END),
      coalesce(t.at < e.closed_at + interval '7 days', false),
      NULL, NULL, NULL, NULL, NULL, NULL, e.agent, e.team, -- what changes changes from there
      0, NULL, NULL, NULL, 0, 0, 0, 0, 0, 0, 0, NULL, t.at, NULL, 0, false, NULL, NULL);
  END IF;

  -- the time since the last decision belongs to what that one left
  passed := milliseconds(e.since, t.at);
  CASE e.status
    WHEN 'new' THEN e.in_new := e.in_new + passed;
    WHEN 'in_progress' THEN e.in_progress := e.in_progress + passed;
    WHEN 'in_flow' THEN e.in_flow := e.in_flow + passed;
    WHEN 'resolved' THEN e.in_resolved := e.in_resolved + passed;
    ELSE NULL;
  END CASE;
  IF e.status IN ('new', 'in_progress') AND e.waiting_since IS NULL THEN
    e.agent_wait := e.agent_wait + passed;
  ELSIF e.status = 'in_flow' AND e.waiting_since IS NOT NULL THEN
    e.in_flow_meanwhile := e.in_flow_meanwhile + passed;
  END IF;
  IF e.is_snoozed THEN
    e.snoozed := e.snoozed + passed;
  END IF;

  IF c ? 'assignee' THEN
    e.agent := c -> 'assignee' ->> 'agent';
    e.team := c -> 'assignee' ->> 'team';
  END IF;

  waiting := CASE WHEN c ? 'waiting_since' THEN (c ->> 'waiting_since')::timestamptz ELSE e.waiting_since END;
  IF e.waiting_since IS NOT NULL AND waiting IS NULL THEN
    passed := greatest(0, milliseconds(e.waiting_since, t.at) - e.in_flow_meanwhile);
    e.requester_wait := e.requester_wait + passed;
    e.in_flow_meanwhile := 0;
    IF replied AND e.answered_at IS NULL THEN
      e.first_reply := passed;
    END IF;
    INSERT INTO report_waits VALUES (t.account, t.inbox, t.conversation, t.seq, e.episode, e.opened_by, t.at,
      CASE WHEN replied THEN 'reply' WHEN t.type = 'automatic_message' THEN 'automatic' WHEN t."to" = 'in_flow' THEN 'flow'
        WHEN t."to" IN ('resolved', 'closed') THEN 'close' ELSE 'other' END,
      replied AND e.answered_at IS NULL, CASE WHEN replied THEN t.data ->> 'agent' END, e.agent, e.team, passed);
  END IF;
  IF e.answered_at IS NULL AND (replied OR c ->> 'first_reply_at' IS NOT NULL) THEN
    e.answered_at := coalesce((c ->> 'first_reply_at')::timestamptz, t.at);
    e.answered_by := CASE WHEN replied THEN t.data ->> 'agent' END;
  END IF;

  IF e.status = 'in_flow' AND (t."to" <> 'in_flow' OR t.type = 'flow_start') THEN
    UPDATE report_flows f SET ended_at = t.at, ended_by = t.type, agent = e.agent, team = e.team,
      outcome = CASE t.type WHEN 'flow_end' THEN coalesce(t.data ->> 'outcome', 'completed') WHEN 'flow_timeout' THEN 'expired'
        ELSE 'interrupted' END,
      handed_over = t.type IN ('flow_end', 'flow_timeout') AND t."to" IN ('new', 'in_progress')
        AND (t.data ? 'assign' OR e.waiting_since IS NULL AND waiting IS NOT NULL)
    WHERE f.account = t.account AND f.inbox = t.inbox AND f.conversation = t.conversation AND f.seq = e.flow_seq;
    e.flow_seq := NULL;
  END IF;
  IF t.type = 'flow_start' THEN
    INSERT INTO report_flows (account, inbox, conversation, seq, episode, opened_by, started_at, source)
    VALUES (t.account, t.inbox, t.conversation, t.seq, e.episode, e.opened_by, t.at, coalesce(t.data ->> 'source', 'flow'));
    e.flow_seq := t.seq;
  END IF;

  IF t."to" IN ('resolved', 'closed') AND e.status IS DISTINCT FROM 'resolved' AND e.status IS DISTINCT FROM 'closed' THEN
    e.closed_at := coalesce((c ->> 'closed_at')::timestamptz, t.at);
    e.full_resolution := milliseconds(e.opened_at, e.closed_at);
    e.closed_by := c -> 'close' ->> 'by';
    e.closed_agent := c -> 'close' ->> 'agent';
    IF e.first_closed_at IS NULL THEN
      e.first_closed_at := e.closed_at;
      e.first_resolution := e.full_resolution;
    END IF;
  ELSIF t."to" NOT IN ('resolved', 'closed') AND e.status IN ('resolved', 'closed') THEN
    e.reopens := e.reopens + (t."to" <> 'in_flow')::integer;
    e.closed_at := NULL;
    e.full_resolution := NULL;
    e.closed_by := NULL;
    e.closed_agent := NULL;
  END IF;

  e.status := t."to";
  e.since := t.at;
  e.waiting_since := waiting;
  e.is_snoozed := CASE WHEN c ? 'snoozed_until' THEN c ->> 'snoozed_until' IS NOT NULL ELSE e.is_snoozed END;
  IF began THEN
    INSERT INTO report_episodes VALUES (e.*);
  ELSE
    UPDATE report_episodes r SET (answered_at, answered_by, first_closed_at, closed_at, closed_by, closed_agent, agent, team,
        reopens, first_reply, first_resolution, full_resolution, requester_wait, agent_wait, snoozed, in_new, in_progress, in_flow,
        in_resolved, status, since, waiting_since, in_flow_meanwhile, is_snoozed, flow_seq)
      = (e.answered_at, e.answered_by, e.first_closed_at, e.closed_at, e.closed_by, e.closed_agent, e.agent, e.team,
        e.reopens, e.first_reply, e.first_resolution, e.full_resolution, e.requester_wait, e.agent_wait, e.snoozed, e.in_new,
        e.in_progress, e.in_flow, e.in_resolved, e.status, e.since, e.waiting_since, e.in_flow_meanwhile, e.is_snoozed, e.flow_seq)
    WHERE r.account = e.account AND r.inbox = e.inbox AND r.conversation = e.conversation AND r.episode = e.episode;
  END IF;
  RETURN true;
END $function$
;
CREATE OR REPLACE FUNCTION public.report_episode_stepped()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN
  NEW.steps := step(NEW.first_reply) || step(NEW.first_resolution) || step(NEW.full_resolution) || step(NEW.requester_wait)
    || step(NEW.agent_wait) || step(NEW.snoozed) || step(NEW.in_new) || step(NEW.in_progress) || step(NEW.in_flow)
    || step(NEW.in_resolved);
  RETURN NEW;
END $function$
;
CREATE OR REPLACE FUNCTION public.report_wait_stepped()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN
  NEW.step := step(NEW.took);
  RETURN NEW;
END $function$
;
CREATE OR REPLACE FUNCTION public.step(ms bigint)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN chr(((CASE WHEN (ms IS NULL) THEN ('-1'::integer)::bigint WHEN (ms < 300000) THEN (ms / 1000) WHEN (ms < 3600000) THEN (270 + (ms / 10000)) WHEN (ms < 28800000) THEN (570 + (ms / 60000)) WHEN (ms < 172800000) THEN (1002 + (ms / 600000)) WHEN (ms < '31536000000'::bigint) THEN (1242 + (ms / 3600000)) ELSE LEAST((9637 + (ms / 86400000)), (55000)::bigint) END + 2))::integer)
;
CREATE OR REPLACE FUNCTION public.timeline_reported()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $function$
DECLARE
  t timeline;
  whole text[]; -- the conversation that was counted from its beginning
BEGIN
  IF EXISTS (SELECT FROM told n WHERE n.type = 'imported') THEN
    INSERT INTO report_episodes (account, inbox, conversation, episode, opened_at, opened_by, answered_at, first_closed_at,
      closed_at, closed_by, closed_agent, agent, team, first_resolution, full_resolution, status, since)
    SELECT e.account, e.inbox, e.conversation, e.episode, e.started_at, e.opened_by, e.first_reply_at, e.closed_at,
      e.closed_at, e.close ->> 'by', e.close ->> 'agent', e.assignee ->> 'agent', e.assignee ->> 'team',
      milliseconds(e.started_at, e.closed_at), milliseconds(e.started_at, e.closed_at), 'closed', coalesce(e.closed_at, e.started_at)
    FROM told n, LATERAL (
      -- in order: only the primary key gives that without a sort, so it is taken with any statistics
      SELECT * FROM episodes e WHERE e.account = n.account AND e.inbox = n.inbox AND e.conversation = n.conversation
        AND e.episode < (n.changes ->> 'episode')::integer ORDER BY e.episode OFFSET 0
    ) e WHERE n.type = 'imported';
    INSERT INTO report_episodes (account, inbox, conversation, episode, opened_at, opened_by, returned, answered_at,
      first_closed_at, closed_at, closed_by, closed_agent, agent, team, first_resolution, full_resolution, status, since,
      waiting_since, is_snoozed)
    SELECT n.account, n.inbox, n.conversation, (n.changes ->> 'episode')::integer, o.opened_at, n.changes ->> 'opened_by',
      coalesce(n.at < before.closed_at + interval '7 days', false), (n.changes ->> 'first_reply_at')::timestamptz,
      o.closed_at, o.closed_at, n.changes -> 'close' ->> 'by', n.changes -> 'close' ->> 'agent',
      n.changes -> 'assignee' ->> 'agent', n.changes -> 'assignee' ->> 'team', o.took, o.took, n."to", n.at, (n.changes ->> 'waiting_since')::timestamptz,
      n.changes ->> 'snoozed_until' IS NOT NULL
    FROM told n, LATERAL (
      SELECT coalesce((n.changes ->> 'started_at')::timestamptz, n.at) AS opened_at,
        CASE WHEN n."to" IN ('resolved', 'closed') THEN coalesce((n.changes ->> 'closed_at')::timestamptz, n.at) END AS closed_at
    ) b, LATERAL (
      SELECT b.opened_at, b.closed_at, CASE WHEN b.closed_at IS NOT NULL THEN milliseconds(b.opened_at, b.closed_at) END AS took
    ) o LEFT JOIN LATERAL (
      SELECT e.closed_at FROM episodes e WHERE e.account = n.account AND e.inbox = n.inbox AND e.conversation = n.conversation
        AND e.episode < (n.changes ->> 'episode')::integer ORDER BY e.episode DESC LIMIT 1
    ) before ON true
    WHERE n.type = 'imported' AND (n.changes ->> 'episode')::integer > 0;
  END IF;
  FOR t IN SELECT n.* FROM told n WHERE is_reported(n) AND n.type <> 'imported'
    ORDER BY n.account, n.inbox, n.conversation, n.seq
  LOOP
    CONTINUE WHEN whole = ARRAY[t.account, t.inbox, t.conversation];
    IF NOT report(t, false) THEN
      PERFORM rebuild_reports(t.account, t.inbox, t.conversation);
      whole := ARRAY[t.account, t.inbox, t.conversation];
    END IF;
  END LOOP;
  RETURN NULL;
END $function$
;
CREATE OR REPLACE FUNCTION public.write_audit()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
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
END $function$
;

CREATE TRIGGER audited AFTER INSERT OR DELETE OR UPDATE OF account ON public.accounts FOR EACH ROW EXECUTE FUNCTION write_audit('account', 'account', 'account', '');
CREATE TRIGGER api_keys_changed AFTER INSERT OR DELETE OR UPDATE ON public.api_keys FOR EACH STATEMENT EXECUTE FUNCTION announce_api_keys();
CREATE TRIGGER audited AFTER INSERT OR DELETE OR UPDATE OF name, scopes, rate_per_second, expires_at, revoked_at ON public.api_keys FOR EACH ROW EXECUTE FUNCTION write_audit('key', 'id', 'name, scopes, rate_per_second, expires_at, revoked_at', '');
CREATE TRIGGER conversations_delete AFTER DELETE ON public.conversations REFERENCING OLD TABLE AS before FOR EACH STATEMENT EXECUTE FUNCTION conversations_delete();
CREATE TRIGGER conversations_insert AFTER INSERT ON public.conversations REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION conversations_insert();
CREATE TRIGGER conversations_update AFTER UPDATE ON public.conversations REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION conversations_update();
CREATE TRIGGER unreported AFTER DELETE ON public.conversations REFERENCING OLD TABLE AS before FOR EACH STATEMENT EXECUTE FUNCTION conversations_unreported();
CREATE TRIGGER audited AFTER INSERT OR DELETE OR UPDATE OF scope, state ON public.erasures FOR EACH ROW EXECUTE FUNCTION write_audit('erasure', 'erasure', 'scope, state', '');
CREATE TRIGGER erasures_announced AFTER INSERT ON public.erasures FOR EACH STATEMENT EXECUTE FUNCTION announce_erasures();
CREATE TRIGGER erasures_ended AFTER UPDATE OF state ON public.erasures FOR EACH STATEMENT EXECUTE FUNCTION announce_erasures();
CREATE TRIGGER audited AFTER INSERT OR DELETE OR UPDATE OF settings, retention ON public.inboxes FOR EACH ROW EXECUTE FUNCTION write_audit('inbox', 'inbox', 'settings, retention', '');
CREATE TRIGGER stepped BEFORE INSERT OR UPDATE ON public.report_episodes FOR EACH ROW EXECUTE FUNCTION report_episode_stepped();
CREATE TRIGGER stepped BEFORE INSERT OR UPDATE ON public.report_waits FOR EACH ROW EXECUTE FUNCTION report_wait_stepped();
CREATE TRIGGER reported AFTER INSERT ON public.timeline REFERENCING NEW TABLE AS told FOR EACH STATEMENT EXECUTE FUNCTION timeline_reported();
CREATE TRIGGER audited AFTER INSERT OR UPDATE OF url, types, inboxes, state, secrets ON public.webhooks FOR EACH ROW WHEN ((new.kind = 'http'::text)) EXECUTE FUNCTION write_audit('webhook', 'webhook', 'url, types, inboxes, state', 'secrets');
CREATE TRIGGER audited_end AFTER DELETE ON public.webhooks FOR EACH ROW WHEN ((old.kind = 'http'::text)) EXECUTE FUNCTION write_audit('webhook', 'webhook', 'url, types, inboxes, state', 'secrets');
CREATE TRIGGER audited AFTER INSERT OR DELETE OR UPDATE OF inbox, phone_number_id, graph_url, graph_version, survey, verify_token, app_secret, access_token ON public.whatsapp_channels FOR EACH ROW EXECUTE FUNCTION write_audit('channel', 'channel', 'inbox, phone_number_id, graph_url, graph_version, survey', 'verify_token, app_secret, access_token');

CREATE POLICY every_account ON accounts FOR ALL TO conversations, conversations_worker USING (true) WITH CHECK ();
CREATE POLICY own_account ON accounts FOR ALL TO conversations_api USING ((account = ( SELECT current_setting('app.account'::text, true) AS current_setting))) WITH CHECK ();
CREATE POLICY every_account ON api_keys FOR ALL TO conversations USING (true) WITH CHECK ();
CREATE POLICY own_account ON api_keys FOR ALL TO conversations_api USING (((( SELECT COALESCE(current_setting('app.account'::text, true), ''::text) AS "coalesce") = ''::text) OR (( SELECT COALESCE(current_setting('app.account'::text, true), ''::text) AS "coalesce") = account))) WITH CHECK ();
CREATE POLICY every_account ON audit FOR ALL TO conversations, conversations_worker USING (true) WITH CHECK ();
CREATE POLICY own_account ON audit FOR ALL TO conversations_api USING ((account = ( SELECT current_setting('app.account'::text, true) AS current_setting))) WITH CHECK ();
CREATE POLICY every_account ON bulk_items FOR ALL TO conversations, conversations_worker USING (true) WITH CHECK ();
CREATE POLICY own_account ON bulk_items FOR ALL TO conversations_api USING ((account = ( SELECT current_setting('app.account'::text, true) AS current_setting))) WITH CHECK ();
CREATE POLICY every_account ON bulk_jobs FOR ALL TO conversations, conversations_worker USING (true) WITH CHECK ();
CREATE POLICY own_account ON bulk_jobs FOR ALL TO conversations_api USING ((account = ( SELECT current_setting('app.account'::text, true) AS current_setting))) WITH CHECK ();
CREATE POLICY every_account ON conversation_aliases FOR ALL TO conversations, conversations_worker USING (true) WITH CHECK ();
CREATE POLICY own_account ON conversation_aliases FOR ALL TO conversations_api USING ((account = ( SELECT current_setting('app.account'::text, true) AS current_setting))) WITH CHECK ();
CREATE POLICY every_account ON conversation_counts FOR ALL TO conversations, conversations_worker USING (true) WITH CHECK ();
CREATE POLICY own_account ON conversation_counts FOR ALL TO conversations_api USING ((account = ( SELECT current_setting('app.account'::text, true) AS current_setting))) WITH CHECK ();
CREATE POLICY every_account ON conversation_tags FOR ALL TO conversations, conversations_worker USING (true) WITH CHECK ();
CREATE POLICY own_account ON conversation_tags FOR ALL TO conversations_api USING ((account = ( SELECT current_setting('app.account'::text, true) AS current_setting))) WITH CHECK ();
CREATE POLICY every_account ON conversations FOR ALL TO conversations, conversations_worker USING (true) WITH CHECK ();
CREATE POLICY own_account ON conversations FOR ALL TO conversations_api USING ((account = ( SELECT current_setting('app.account'::text, true) AS current_setting))) WITH CHECK ();
CREATE POLICY every_account ON deliveries FOR ALL TO conversations, conversations_worker USING (true) WITH CHECK ();
CREATE POLICY own_account ON deliveries FOR ALL TO conversations_api USING ((account = ( SELECT current_setting('app.account'::text, true) AS current_setting))) WITH CHECK ();
CREATE POLICY every_account ON episodes FOR ALL TO conversations, conversations_worker USING (true) WITH CHECK ();
CREATE POLICY own_account ON episodes FOR ALL TO conversations_api USING ((account = ( SELECT current_setting('app.account'::text, true) AS current_setting))) WITH CHECK ();
CREATE POLICY every_account ON erasures FOR ALL TO conversations, conversations_worker USING (true) WITH CHECK ();
CREATE POLICY own_account ON erasures FOR ALL TO conversations_api USING ((account = ( SELECT current_setting('app.account'::text, true) AS current_setting))) WITH CHECK ();
CREATE POLICY every_account ON inbox_secrets FOR ALL TO conversations, conversations_worker USING (true) WITH CHECK ();
CREATE POLICY own_account ON inbox_secrets FOR ALL TO conversations_api USING ((account = ( SELECT current_setting('app.account'::text, true) AS current_setting))) WITH CHECK ();
CREATE POLICY every_account ON inboxes FOR ALL TO conversations, conversations_worker USING (true) WITH CHECK ();
CREATE POLICY own_account ON inboxes FOR ALL TO conversations_api USING ((account = ( SELECT current_setting('app.account'::text, true) AS current_setting))) WITH CHECK ();
CREATE POLICY every_account ON outbox FOR ALL TO conversations, conversations_worker USING (true) WITH CHECK ();
CREATE POLICY own_account ON outbox FOR ALL TO conversations_api USING ((account = ( SELECT current_setting('app.account'::text, true) AS current_setting))) WITH CHECK ();
CREATE POLICY every_account ON report_episodes FOR ALL TO conversations, conversations_worker USING (true) WITH CHECK ();
CREATE POLICY own_account ON report_episodes FOR ALL TO conversations_api USING ((account = ( SELECT current_setting('app.account'::text, true) AS current_setting))) WITH CHECK ();
CREATE POLICY every_account ON report_flows FOR ALL TO conversations, conversations_worker USING (true) WITH CHECK ();
CREATE POLICY own_account ON report_flows FOR ALL TO conversations_api USING ((account = ( SELECT current_setting('app.account'::text, true) AS current_setting))) WITH CHECK ();
CREATE POLICY every_account ON report_waits FOR ALL TO conversations, conversations_worker USING (true) WITH CHECK ();
CREATE POLICY own_account ON report_waits FOR ALL TO conversations_api USING ((account = ( SELECT current_setting('app.account'::text, true) AS current_setting))) WITH CHECK ();
CREATE POLICY every_account ON surveys FOR ALL TO conversations, conversations_worker USING (true) WITH CHECK ();
CREATE POLICY own_account ON surveys FOR ALL TO conversations_api USING ((account = ( SELECT current_setting('app.account'::text, true) AS current_setting))) WITH CHECK ();
CREATE POLICY every_account ON timeline FOR ALL TO conversations, conversations_worker USING (true) WITH CHECK ();
CREATE POLICY own_account ON timeline FOR ALL TO conversations_api USING ((account = ( SELECT current_setting('app.account'::text, true) AS current_setting))) WITH CHECK ();
CREATE POLICY every_account ON webhooks FOR ALL TO conversations, conversations_worker USING (true) WITH CHECK ();
CREATE POLICY own_account ON webhooks FOR ALL TO conversations_api USING ((account = ( SELECT current_setting('app.account'::text, true) AS current_setting))) WITH CHECK ();
CREATE POLICY every_account ON whatsapp_channels FOR ALL TO conversations, conversations_worker USING (true) WITH CHECK ();
CREATE POLICY own_account ON whatsapp_channels FOR ALL TO conversations_api USING ((account = ( SELECT current_setting('app.account'::text, true) AS current_setting))) WITH CHECK ();
CREATE POLICY every_account ON whatsapp_contacts FOR ALL TO conversations, conversations_worker USING (true) WITH CHECK ();
CREATE POLICY own_account ON whatsapp_contacts FOR ALL TO conversations_api USING ((account = ( SELECT current_setting('app.account'::text, true) AS current_setting))) WITH CHECK ();
CREATE POLICY every_account ON whatsapp_surveys FOR ALL TO conversations, conversations_worker USING (true) WITH CHECK ();
CREATE POLICY own_account ON whatsapp_surveys FOR ALL TO conversations_api USING ((account = ( SELECT current_setting('app.account'::text, true) AS current_setting))) WITH CHECK ();

GRANT INSERT, SELECT ON accounts TO conversations_api;
GRANT INSERT, SELECT, UPDATE ON api_keys TO conversations_api;
GRANT SELECT ON audit TO conversations_api;
GRANT INSERT, SELECT ON bulk_items TO conversations_api;
GRANT DELETE, SELECT, UPDATE ON bulk_items TO conversations_worker;
GRANT INSERT, SELECT ON bulk_jobs TO conversations_api;
GRANT DELETE, SELECT, UPDATE ON bulk_jobs TO conversations_worker;
GRANT INSERT, SELECT ON code_numbers TO conversations_worker;
GRANT INSERT, SELECT, UPDATE ON conversation_aliases TO conversations_api;
GRANT SELECT ON conversation_counts TO conversations_api;
GRANT SELECT ON conversation_tags TO conversations_api;
GRANT SELECT ON conversations TO conversations_api;
GRANT INSERT, SELECT, UPDATE ON conversations TO conversations_worker;
GRANT INSERT, SELECT, UPDATE ON deliveries TO conversations_api;
GRANT DELETE, INSERT, SELECT, UPDATE ON deliveries TO conversations_worker;
GRANT SELECT ON episodes TO conversations_api;
GRANT INSERT, SELECT, UPDATE ON episodes TO conversations_worker;
GRANT INSERT, SELECT ON erasures TO conversations_api;
GRANT SELECT, UPDATE ON erasures TO conversations_worker;
GRANT INSERT, SELECT ON inbox_secrets TO conversations_api;
GRANT INSERT, SELECT, UPDATE ON inboxes TO conversations_api;
GRANT INSERT, SELECT ON inboxes TO conversations_worker;
GRANT INSERT, SELECT, UPDATE ON key_rates TO conversations_api;
GRANT SELECT ON migrations TO conversations_api;
GRANT SELECT ON migrations TO conversations_worker;
GRANT SELECT ON outbox TO conversations_api;
GRANT DELETE, INSERT, SELECT ON outbox TO conversations_worker;
GRANT SELECT ON outbox_horizon TO conversations_api;
GRANT SELECT, UPDATE ON outbox_horizon TO conversations_worker;
GRANT SELECT ON report_episodes TO conversations_api;
GRANT SELECT ON report_episodes TO conversations_worker;
GRANT SELECT ON report_flows TO conversations_api;
GRANT SELECT ON report_flows TO conversations_worker;
GRANT SELECT ON report_waits TO conversations_api;
GRANT SELECT ON report_waits TO conversations_worker;
GRANT SELECT ON surveys TO conversations_api;
GRANT INSERT, SELECT, UPDATE ON surveys TO conversations_worker;
GRANT SELECT ON timeline TO conversations_api;
GRANT INSERT, SELECT ON timeline TO conversations_worker;
GRANT DELETE, INSERT, SELECT, UPDATE ON webhooks TO conversations_api;
GRANT SELECT, UPDATE ON webhooks TO conversations_worker;
GRANT DELETE, INSERT, SELECT, UPDATE ON whatsapp_channels TO conversations_api;
GRANT SELECT ON whatsapp_channels TO conversations_worker;
GRANT INSERT, SELECT, UPDATE ON whatsapp_contacts TO conversations_api;
GRANT SELECT ON whatsapp_contacts TO conversations_worker;
GRANT SELECT ON whatsapp_surveys TO conversations_api;
GRANT DELETE, INSERT, SELECT, UPDATE ON whatsapp_surveys TO conversations_worker;
GRANT SELECT ON workers TO conversations_api;
GRANT DELETE, INSERT, SELECT, UPDATE ON workers TO conversations_worker;

GRANT UPDATE (state) ON bulk_jobs TO conversations_api;
GRANT UPDATE (rolled_out_at) ON code_numbers TO conversations_worker;
GRANT INSERT (account, inbox, conversation, status) ON conversations TO conversations_api;
GRANT UPDATE (rolled_out_version) ON inboxes TO conversations_worker;
GRANT UPDATE (xid) ON outbox TO conversations_worker;
GRANT UPDATE (problem) ON whatsapp_channels TO conversations_worker;
