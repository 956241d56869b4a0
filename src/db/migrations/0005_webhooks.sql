-- Up Migration

-- What is told to the outside is kept word for word: `json` stays as it was written. Nobody could listen before: an endpoint
-- hears of what is decided from its creation on, and a stream of what comes after its beginning. So nobody misses these.
TRUNCATE outbox;
ALTER TABLE outbox ALTER COLUMN payload TYPE json;

-- Ids are given before their transactions commit: a reader that goes by the id would pass over one that commits later. It reads
-- in the order of (xid, id), and only what no transaction can add to any more: xid < pg_snapshot_xmin(pg_current_snapshot()).
ALTER TABLE outbox ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id();
CREATE INDEX outbox_in_order ON outbox (account, xid, id);

-- Up to where the outbox has been emptied: a stream that wants to go on from before it has missed something.
CREATE TABLE outbox_horizon (
  one  boolean PRIMARY KEY DEFAULT true CHECK (one), -- row only
  xid  xid8 NOT NULL DEFAULT '0',
  id   bigint NOT NULL DEFAULT 0
);
INSERT INTO outbox_horizon DEFAULT VALUES;

-- The endpoints that are told.
CREATE TABLE webhooks (
  webhook        text PRIMARY KEY,
  account        text NOT NULL,
  url            text NOT NULL,
  types          text[], -- null: all
  inboxes        text[], -- null: all
  state          text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'paused')),
  secrets        json NOT NULL, -- [{sealed, expires_at}], the newest first
  since          pg_snapshot NOT NULL DEFAULT pg_current_snapshot(), -- what it shows was decided before the endpoint was made
  heard_xid      xid8 NOT NULL DEFAULT pg_snapshot_xmin(pg_current_snapshot()), -- up to where deliveries were made of the outbox
  heard_id       bigint NOT NULL DEFAULT 0,
  last_nth       bigint NOT NULL DEFAULT 0, -- deliveries ever made
  failures       integer NOT NULL DEFAULT 0, -- in a row
  held_until     timestamptz, -- after many failures: not tried before
  wake_at        timestamptz NOT NULL DEFAULT 'infinity', -- when its workflow is to be told that there is something to do
  attended_until timestamptz NOT NULL DEFAULT '-infinity', -- a workflow is at it, and says so again before then
  created_at     timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX webhooks_account ON webhooks (account, created_at);

-- What each endpoint is told: one row for each effect that it wants. A conversation's rows are a lane: only the first of those
-- that are pending has a time when it is due.
CREATE TABLE deliveries (
  webhook      text NOT NULL,
  nth          bigint NOT NULL, -- of its endpoint's, in the order of the decisions
  account      text NOT NULL,
  inbox        text, -- null for a test, which is about no conversation
  conversation text,
  type         text NOT NULL,
  body         text NOT NULL,
  state        text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'parked')),
  due_at       timestamptz NOT NULL, -- infinity: behind another of its lane
  tries        integer NOT NULL DEFAULT 0, -- since it was last put in line
  first_try_at timestamptz,
  attempts     jsonb NOT NULL DEFAULT '[]',
  created_at   timestamptz NOT NULL,
  ended_at     timestamptz, -- when it was delivered or parked
  PRIMARY KEY (webhook, nth)
);
CREATE INDEX deliveries_due ON deliveries (webhook, due_at, nth) WHERE state = 'pending' AND due_at < 'infinity';
CREATE INDEX deliveries_lanes ON deliveries (webhook, inbox, conversation, nth) WHERE state = 'pending';
CREATE INDEX deliveries_parked ON deliveries (webhook, nth) WHERE state = 'parked';
CREATE INDEX deliveries_ended ON deliveries (ended_at) WHERE ended_at IS NOT NULL;

-- The API looks after endpoints, and streams the outbox.
GRANT SELECT ON outbox, outbox_horizon, webhooks, deliveries TO conversations_api;
GRANT INSERT, UPDATE, DELETE ON webhooks TO conversations_api;
GRANT INSERT, UPDATE ON deliveries TO conversations_api;

-- The worker makes deliveries of the outbox, delivers them, and empties both.
GRANT SELECT, UPDATE ON webhooks, outbox_horizon TO conversations_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON deliveries TO conversations_worker;
GRANT DELETE, UPDATE (xid) ON outbox TO conversations_worker;
