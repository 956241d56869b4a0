-- Up Migration

CREATE TABLE inboxes (
  account          text NOT NULL,
  inbox            text NOT NULL,
  settings         jsonb NOT NULL,
  settings_version integer NOT NULL DEFAULT 1,
  -- the settings that every idle conversation has been told of; behind settings_version while a rollout runs
  rolled_out_version integer NOT NULL DEFAULT 1,
  created_at       timestamptz NOT NULL DEFAULT now(),
  updated_at       timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (account, inbox)
);

CREATE TABLE api_keys (
  id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  account    text NOT NULL,
  name       text NOT NULL,
  key_hash   bytea NOT NULL UNIQUE, -- SHA-256 of the key; the key itself is shown once and never stored
  scopes     text[] NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  revoked_at timestamptz
);
CREATE INDEX api_keys_account ON api_keys (account, created_at);

-- One row a conversation: the state its workflow holds, field by field.
CREATE TABLE conversations (
  account                  text NOT NULL,
  inbox                    text NOT NULL,
  conversation             text NOT NULL,
  status                   text NOT NULL
    CHECK (status IN ('not_contacted', 'new', 'in_progress', 'in_flow', 'resolved', 'closed')),
  version                  integer NOT NULL DEFAULT 0, -- applied decisions
  seq                      integer NOT NULL DEFAULT 0, -- all decisions: the fence every write is held against
  settings_version         integer NOT NULL DEFAULT 0, -- the settings the last decision was made under
  episode                  integer NOT NULL DEFAULT 0,
  unread                   boolean NOT NULL DEFAULT false,
  archived                 boolean NOT NULL DEFAULT false,
  assignee                 jsonb NOT NULL DEFAULT '{"team": null, "agent": null}',
  tags                     jsonb NOT NULL DEFAULT '[]',
  flow                     jsonb CHECK ((flow IS NOT NULL) = (status = 'in_flow')),
  survey                   jsonb,
  survey_episode           integer,
  past_surveys             jsonb NOT NULL DEFAULT '[]',
  survey_count             integer NOT NULL DEFAULT 0,
  snoozed_until            timestamptz,
  waiting_since            timestamptz,
  started_at               timestamptz,
  first_reply_at           timestamptz,
  last_customer_message_at timestamptz,
  last_agent_reply_at      timestamptz,
  last_activity_at         timestamptz NOT NULL DEFAULT now(),
  last_word                text,
  agents                   jsonb NOT NULL DEFAULT '[]',
  closed_at                timestamptz CHECK ((closed_at IS NOT NULL) = (status = 'closed')),
  close                    jsonb CHECK ((close IS NOT NULL) = (status IN ('resolved', 'closed'))),
  archived_at              timestamptz,
  kept_unarchived          boolean NOT NULL DEFAULT false,
  next                     jsonb,
  created_at               timestamptz NOT NULL DEFAULT now(),
  updated_at               timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (account, inbox, conversation),
  FOREIGN KEY (account, inbox) REFERENCES inboxes
) WITH (fillfactor = 80);

-- the list, by activity and by waiting time
CREATE INDEX conversations_by_activity ON conversations (account, inbox, last_activity_at DESC, conversation DESC);
CREATE INDEX conversations_by_status ON conversations (account, inbox, status, last_activity_at DESC, conversation DESC);
CREATE INDEX conversations_waiting ON conversations (account, inbox, waiting_since, conversation)
  WHERE waiting_since IS NOT NULL;
CREATE INDEX conversations_by_agent ON conversations (account, inbox, (assignee ->> 'agent'), last_activity_at DESC)
  WHERE assignee ->> 'agent' IS NOT NULL;
CREATE INDEX conversations_by_team ON conversations (account, inbox, (assignee ->> 'team'), last_activity_at DESC)
  WHERE assignee ->> 'team' IS NOT NULL;
CREATE INDEX conversations_by_tag ON conversations USING gin (tags jsonb_path_ops) WHERE tags <> '[]';
-- timers that should have acted; due_at is RFC 3339 in UTC with milliseconds, so it sorts as text
CREATE INDEX conversations_due ON conversations ((next ->> 'due_at')) WHERE next IS NOT NULL;
-- counts, eligibility and audience, from the index alone
CREATE INDEX conversations_counts ON conversations (account, inbox, conversation)
  INCLUDE (status, unread, archived, snoozed_until);

-- Every decision, for ever: what happened, what was made of it, and what it changed.
CREATE TABLE timeline (
  account          text NOT NULL,
  inbox            text NOT NULL,
  conversation     text NOT NULL,
  seq              integer NOT NULL,
  at               timestamptz NOT NULL,
  version          integer NOT NULL,
  settings_version integer NOT NULL,
  event            text NOT NULL, -- the caller's id; starts with @ for the service's own
  type             text NOT NULL,
  verdict          text NOT NULL CHECK (verdict IN ('applied', 'ignored', 'refused')),
  reason           text,
  rule             text,
  "from"           text NOT NULL,
  "to"             text NOT NULL,
  data             jsonb NOT NULL,
  changes          jsonb, -- the record's fields that this decision changed: folded from seq 1, they are the record as it was
  PRIMARY KEY (account, inbox, conversation, seq)
);
-- an event is never applied twice, however late it comes again
CREATE UNIQUE INDEX timeline_event ON timeline (account, inbox, conversation, event);

-- The history: one row an episode, the current one included.
CREATE TABLE episodes (
  account        text NOT NULL,
  inbox          text NOT NULL,
  conversation   text NOT NULL,
  episode        integer NOT NULL,
  started_at     timestamptz NOT NULL,
  first_reply_at timestamptz,
  closed_at      timestamptz,
  close          jsonb,
  assignee       jsonb NOT NULL,
  agents         jsonb NOT NULL,
  tags           jsonb NOT NULL,
  PRIMARY KEY (account, inbox, conversation, episode)
);
CREATE INDEX episodes_started ON episodes (account, inbox, started_at);

CREATE TABLE surveys (
  account      text NOT NULL,
  inbox        text NOT NULL,
  conversation text NOT NULL,
  survey       text NOT NULL,
  episode      integer NOT NULL,
  state        text NOT NULL CHECK (state IN ('pending', 'answered', 'expired', 'superseded')),
  agent        text,
  asked_at     timestamptz NOT NULL,
  expires_at   timestamptz,
  score        integer CHECK (score BETWEEN 1 AND 5),
  comment      text,
  answered_at  timestamptz,
  late         boolean NOT NULL,
  PRIMARY KEY (account, inbox, conversation, survey)
);
CREATE INDEX surveys_asked ON surveys (account, inbox, asked_at);

-- What the outside is to be told, written with the change it tells of.
CREATE TABLE outbox (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account      text NOT NULL,
  inbox        text NOT NULL,
  conversation text NOT NULL,
  seq          integer NOT NULL, -- the decision
  nth          integer NOT NULL, -- of its effects, from 0
  type         text NOT NULL,
  payload      jsonb NOT NULL,
  created_at   timestamptz NOT NULL,
  UNIQUE (account, inbox, conversation, seq, nth)
);

DO $$ BEGIN
  CREATE ROLE conversations_api NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
DO $$ BEGIN
  CREATE ROLE conversations_worker NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
GRANT conversations_api, conversations_worker TO CURRENT_USER;

DO $$ BEGIN
  EXECUTE format('GRANT USAGE ON SCHEMA %I TO conversations_api, conversations_worker', current_schema());
END $$;

-- Each process looks whether it is migrated before it starts.
GRANT SELECT ON migrations TO conversations_api, conversations_worker;

-- The API reads everything, and writes what has no workflow: inboxes, keys, contacts.
GRANT SELECT ON inboxes, api_keys, conversations, timeline, episodes, surveys TO conversations_api;
GRANT INSERT, UPDATE ON inboxes, api_keys TO conversations_api;
GRANT INSERT (account, inbox, conversation, status) ON conversations TO conversations_api;

-- The worker writes decisions, and creates an inbox that a direct client named first.
GRANT SELECT ON inboxes, conversations, timeline, episodes, surveys, outbox TO conversations_worker;
GRANT INSERT ON inboxes, conversations, timeline, episodes, surveys, outbox TO conversations_worker;
GRANT UPDATE ON conversations, episodes, surveys TO conversations_worker;
GRANT UPDATE (rolled_out_version) ON inboxes TO conversations_worker;
