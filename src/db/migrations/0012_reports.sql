-- Up Migration

-- What reports count, kept by a trigger in the statement that writes a decision, and by the same function made anew from the
-- timeline. docs/reports.md says what each figure means. Times that something took are in milliseconds.

CREATE TABLE report_episodes (
  account          text NOT NULL,
  inbox            text NOT NULL,
  conversation     text NOT NULL,
  episode          integer NOT NULL,
  opened_at        timestamptz NOT NULL,
  opened_by        text,
  returned         boolean NOT NULL DEFAULT false, -- it began within seven days after the one before was closed
  answered_at      timestamptz, -- the first reply of a person
  answered_by      text,
  first_closed_at  timestamptz,
  closed_at        timestamptz, -- the last time the work ended; null while it goes on
  closed_by        text,
  closed_agent     text,
  agent            text, -- who is assigned
  team             text,
  reopens          integer NOT NULL DEFAULT 0,
  first_reply      bigint,
  first_resolution bigint,
  full_resolution  bigint,
  requester_wait   bigint NOT NULL DEFAULT 0,
  agent_wait       bigint NOT NULL DEFAULT 0,
  snoozed          bigint NOT NULL DEFAULT 0,
  in_new           bigint NOT NULL DEFAULT 0,
  in_progress      bigint NOT NULL DEFAULT 0,
  in_flow          bigint NOT NULL DEFAULT 0,
  in_resolved      bigint NOT NULL DEFAULT 0,
  -- as the last decision that counts left it: the next one counts from there
  status           text,
  since            timestamptz NOT NULL,
  waiting_since    timestamptz,
  in_flow_meanwhile bigint NOT NULL DEFAULT 0, -- of the customer's wait, a flow's part
  is_snoozed       boolean NOT NULL DEFAULT false,
  flow_seq         integer,
  PRIMARY KEY (account, inbox, conversation, episode)
) WITH (fillfactor = 80);
-- For reports alone: a statement about one conversation lacks the condition, so it never takes one of these, with any statistics.
CREATE INDEX report_episodes_opened ON report_episodes (account, inbox, opened_at) WHERE episode > 0;
CREATE INDEX report_episodes_closed ON report_episodes (account, inbox, closed_at) WHERE episode > 0 AND closed_at IS NOT NULL;
CREATE INDEX report_episodes_answered ON report_episodes (account, inbox, answered_at) WHERE episode > 0 AND answered_at IS NOT NULL;
CREATE INDEX report_episodes_open ON report_episodes (account, inbox, opened_at) WHERE episode > 0 AND closed_at IS NULL;

-- Each stretch in which a customer waited for a person, once it has ended.
CREATE TABLE report_waits (
  account      text NOT NULL,
  inbox        text NOT NULL,
  conversation text NOT NULL,
  seq          integer NOT NULL, -- of the decision that ended it
  episode      integer NOT NULL,
  opened_by    text,
  ended_at     timestamptz NOT NULL,
  ended_by     text NOT NULL CHECK (ended_by IN ('reply', 'automatic', 'flow', 'close', 'other')),
  first        boolean NOT NULL, -- it ended with the first reply of the episode
  answered_by  text,
  agent        text,
  team         text,
  took         bigint NOT NULL,
  PRIMARY KEY (account, inbox, conversation, seq)
);
CREATE INDEX report_waits_ended ON report_waits (account, inbox, ended_at) WHERE seq > 0;

-- Each flow that started, and each broadcast that a rule refused.
CREATE TABLE report_flows (
  account      text NOT NULL,
  inbox        text NOT NULL,
  conversation text NOT NULL,
  seq          integer NOT NULL, -- of the decision about its start
  episode      integer,
  opened_by    text,
  started_at   timestamptz NOT NULL,
  source       text NOT NULL,
  rule         text, -- that refused it
  ended_at     timestamptz,
  outcome      text CHECK (outcome IN ('completed', 'cancelled', 'failed', 'expired', 'interrupted')),
  ended_by     text, -- the type of event that ended it
  handed_over  boolean NOT NULL DEFAULT false,
  agent        text, -- who was assigned when it ended
  team         text,
  answered_at  timestamptz, -- a broadcast's first message of the customer after it
  PRIMARY KEY (account, inbox, conversation, seq)
) WITH (fillfactor = 80);
CREATE INDEX report_flows_started ON report_flows (account, inbox, started_at) WHERE seq > 0;
CREATE INDEX report_flows_unanswered ON report_flows (account, inbox, conversation)
  WHERE source = 'broadcast' AND rule IS NULL AND answered_at IS NULL;

CREATE FUNCTION milliseconds(since timestamptz, until timestamptz) RETURNS bigint
LANGUAGE sql IMMUTABLE RETURN greatest(0, (extract(epoch FROM until - since) * 1000)::bigint);

-- Whether a decision may count in a report. Most messages do not.
CREATE FUNCTION is_reported(t timeline) RETURNS boolean
LANGUAGE sql IMMUTABLE RETURN CASE
  WHEN t.type = 'message' THEN t.verdict = 'applied' OR coalesce(t.reason = 'courtesy', false)
  WHEN t.type = 'flow_start' THEN t.verdict <> 'ignored'
  ELSE coalesce(t.changes ?| ARRAY['episode', 'status', 'waiting_since', 'snoozed_until', 'assignee', 'first_reply_at'], false)
END;

-- Counts one decision, after all that came before it. False if those are not counted yet, which `anyway` overrules.
CREATE FUNCTION report(t timeline, anyway boolean) RETURNS boolean LANGUAGE plpgsql AS $$
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
      0, NULL, NULL, NULL, 0, 0, 0, 0, 0, 0, 0, NULL, t.at, NULL, 0, false, NULL);
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
END $$;

-- Counts a conversation anew from its timeline. Episodes from before the timeline began are known by their rows alone. Whoever
-- calls it holds the conversation's row, so that nothing is decided meanwhile.
DO $do$ BEGIN EXECUTE format($make$
CREATE FUNCTION rebuild_reports(of_account text, of_inbox text, of_conversation text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = %1$I, pg_temp SET enable_seqscan = off AS $$
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
      WHERE account = of_account AND inbox = of_inbox AND conversation = of_conversation);
  FOR t IN SELECT * FROM timeline n
    WHERE n.account = of_account AND n.inbox = of_inbox AND n.conversation = of_conversation AND is_reported(n) ORDER BY n.seq
  LOOP
    PERFORM report(t, true);
  END LOOP;
END $$;

CREATE FUNCTION timeline_reported() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = %1$I, pg_temp SET enable_seqscan = off AS $$
DECLARE
  t timeline;
  whole text[]; -- the conversation that was counted from its beginning
BEGIN
  FOR t IN SELECT n.* FROM told n WHERE is_reported(n) ORDER BY n.account, n.inbox, n.conversation, n.seq LOOP
    CONTINUE WHEN whole = ARRAY[t.account, t.inbox, t.conversation];
    IF NOT report(t, false) THEN
      PERFORM rebuild_reports(t.account, t.inbox, t.conversation);
      whole := ARRAY[t.account, t.inbox, t.conversation];
    END IF;
  END LOOP;
  RETURN NULL;
END $$;

CREATE FUNCTION conversations_unreported() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = %1$I, pg_temp SET enable_seqscan = off AS $$
BEGIN
  DELETE FROM report_episodes r USING before b WHERE (r.account, r.inbox, r.conversation) = (b.account, b.inbox, b.conversation);
  DELETE FROM report_waits r USING before b WHERE (r.account, r.inbox, r.conversation) = (b.account, b.inbox, b.conversation);
  DELETE FROM report_flows r USING before b WHERE (r.account, r.inbox, r.conversation) = (b.account, b.inbox, b.conversation);
  RETURN NULL;
END $$;
$make$, current_schema()); END $do$;

CREATE TRIGGER reported AFTER INSERT ON timeline REFERENCING NEW TABLE AS told
  FOR EACH STATEMENT EXECUTE FUNCTION timeline_reported();
CREATE TRIGGER unreported AFTER DELETE ON conversations REFERENCING OLD TABLE AS before
  FOR EACH STATEMENT EXECUTE FUNCTION conversations_unreported();

SELECT keep_to_account(name) FROM unnest(ARRAY['report_episodes', 'report_waits', 'report_flows']::regclass[]) AS name;
GRANT SELECT ON report_episodes, report_waits, report_flows TO conversations_api, conversations_worker;
REVOKE EXECUTE ON FUNCTION rebuild_reports(text, text, text), report(timeline, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION rebuild_reports(text, text, text) TO conversations_worker;
