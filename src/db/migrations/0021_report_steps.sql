-- Up Migration

-- How long something took, as one character: its code is that of the step of time in which it ended (src/domain/distribution.ts).
-- Steps are as wide as what reports round down to, so a median of steps is the median that is shown. The characters of many cases
-- in one string are what a report counts: PostgreSQL need not sort them, and gathers them in parallel. Null: chr(1).
CREATE FUNCTION step(ms bigint) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN chr((CASE
  WHEN ms IS NULL THEN -1
  WHEN ms < 300000 THEN ms / 1000
  WHEN ms < 3600000 THEN 270 + ms / 10000
  WHEN ms < 28800000 THEN 570 + ms / 60000
  WHEN ms < 172800000 THEN 1002 + ms / 600000
  WHEN ms < 31536000000 THEN 1242 + ms / 3600000
  ELSE least(9637 + ms / 86400000, 55000) END + 2)::integer);

-- In this order: EPISODE_DURATIONS in src/db/report-statements.ts.
CREATE FUNCTION report_episode_stepped() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  NEW.steps := step(NEW.first_reply) || step(NEW.first_resolution) || step(NEW.full_resolution) || step(NEW.requester_wait)
    || step(NEW.agent_wait) || step(NEW.snoozed) || step(NEW.in_new) || step(NEW.in_progress) || step(NEW.in_flow)
    || step(NEW.in_resolved);
  RETURN NEW;
END $$;
CREATE FUNCTION report_wait_stepped() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  NEW.step := step(NEW.took);
  RETURN NEW;
END $$;

-- As generated columns they are filled in one pass, which leaves no dead rows. Then triggers keep them: PostgreSQL plans the
-- expression of a generated column anew for each statement, which took longer than the statement.
ALTER TABLE report_episodes ADD COLUMN steps text GENERATED ALWAYS AS (
  step(first_reply) || step(first_resolution) || step(full_resolution) || step(requester_wait) || step(agent_wait)
  || step(snoozed) || step(in_new) || step(in_progress) || step(in_flow) || step(in_resolved)) STORED;
ALTER TABLE report_waits ADD COLUMN step text GENERATED ALWAYS AS (step(took)) STORED;
ALTER TABLE report_episodes ALTER COLUMN steps DROP EXPRESSION;
ALTER TABLE report_waits ALTER COLUMN step DROP EXPRESSION;
CREATE TRIGGER stepped BEFORE INSERT OR UPDATE ON report_episodes FOR EACH ROW EXECUTE FUNCTION report_episode_stepped();
CREATE TRIGGER stepped BEFORE INSERT OR UPDATE ON report_waits FOR EACH ROW EXECUTE FUNCTION report_wait_stepped();

-- So many days or hours a report may have. PostgreSQL takes a group's date for as seldom as the moment it is made of, and would not
-- gather in parallel what it takes for a million groups.
ALTER TABLE report_episodes ALTER opened_at SET (n_distinct = 1000), ALTER closed_at SET (n_distinct = 1000),
  ALTER answered_at SET (n_distinct = 1000);
ALTER TABLE report_waits ALTER ended_at SET (n_distinct = 1000);
-- Not of an empty table: what it says is believed for too long.
DO $$ BEGIN
  IF (SELECT max(reltuples) FROM pg_class WHERE oid IN ('report_episodes'::regclass, 'report_waits'::regclass)) > 10000 THEN
    ANALYZE report_episodes;
    ANALYZE report_waits;
  END IF;
END $$;

ALTER FUNCTION milliseconds(timestamptz, timestamptz) PARALLEL SAFE; -- else a report that uses it is not parallel

-- The row of a new episode has one column more.
DO $$ BEGIN
  EXECUTE replace(pg_get_functiondef('report(timeline, boolean)'::regprocedure),
    'NULL, t.at, NULL, 0, false, NULL);', 'NULL, t.at, NULL, 0, false, NULL, NULL);');
END $$;
