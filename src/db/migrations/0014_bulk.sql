-- Up Migration

-- One event for many conversations. Which ones is settled when the job is made, in the statement that makes it.
CREATE TABLE bulk_jobs (
  job        text PRIMARY KEY,
  account    text NOT NULL,
  inbox      text NOT NULL,
  event      jsonb NOT NULL, -- without its id, which is made of the job's
  filter     jsonb, -- null: the conversations were named
  retry_of   text, -- the job whose refused ones these are
  state      text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'aborting', 'done', 'aborted')),
  count      integer NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  ended_at   timestamptz
);
CREATE INDEX bulk_jobs_running ON bulk_jobs (created_at) WHERE state IN ('running', 'aborting');
CREATE INDEX bulk_jobs_ended ON bulk_jobs (ended_at) WHERE ended_at IS NOT NULL;

-- Its conversations, each with what was decided.
CREATE TABLE bulk_items (
  account      text NOT NULL,
  inbox        text NOT NULL,
  job          text NOT NULL,
  nth          integer NOT NULL,
  conversation text NOT NULL,
  sent_at      timestamptz, -- to its workflow; it may be sent again, and is applied once
  verdict      text CHECK (verdict IN ('applied', 'ignored', 'refused')),
  reason       text,
  rule         text,
  PRIMARY KEY (job, nth)
) WITH (fillfactor = 80);
CREATE INDEX bulk_items_of ON bulk_items (account, inbox, conversation);
CREATE INDEX bulk_items_unsent ON bulk_items (job, nth) WHERE sent_at IS NULL;
CREATE INDEX bulk_items_undecided ON bulk_items (job, nth) WHERE sent_at IS NOT NULL AND verdict IS NULL;

SELECT keep_to_account('bulk_jobs');
SELECT keep_to_account('bulk_items');
GRANT SELECT, INSERT, UPDATE (state) ON bulk_jobs TO conversations_api;
GRANT SELECT, INSERT ON bulk_items TO conversations_api;
GRANT SELECT, UPDATE, DELETE ON bulk_jobs, bulk_items TO conversations_worker;
