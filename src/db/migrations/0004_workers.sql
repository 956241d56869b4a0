-- Up Migration

-- Each worker says every two seconds that PostgreSQL hears it, and for how long a decision of its has been waiting to be written.
-- What it said before a crash is worth nothing, so it needs no log.
CREATE UNLOGGED TABLE workers (
  worker              text PRIMARY KEY, -- as Temporal knows it: <pid>@<host>
  heard_at            timestamptz NOT NULL,
  oldest_unwritten_ms integer NOT NULL
);

GRANT SELECT ON workers TO conversations_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON workers TO conversations_worker;
