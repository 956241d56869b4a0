-- Up Migration

-- Three functions look up what a conversation has in the order of its keys: only the primary key gives that without a sort, so it
-- is taken with any statistics. Others read all that the inbox has. What is replaced already stays as it is.
DO $$ BEGIN
  EXECUTE replace(replace(pg_get_functiondef('age_out(text, text, text, integer, integer)'::regprocedure),
    'DELETE FROM episodes e
      WHERE e.account = of_account AND e.inbox = of_inbox AND e.conversation = c.conversation AND e.episode < c.episode;',
    '-- in the order of their keys: only the primary key gives that without a sort, so it is taken with any statistics
      DELETE FROM episodes WHERE ctid = ANY (ARRAY(SELECT e.ctid FROM episodes e
        WHERE e.account = of_account AND e.inbox = of_inbox AND e.conversation = c.conversation AND e.episode < c.episode
        ORDER BY e.episode));'),
    'UPDATE surveys s SET comment = NULL -- what was scored stays for the reports
      WHERE s.account = of_account AND s.inbox = of_inbox AND s.conversation = c.conversation AND s.comment IS NOT NULL
        AND s.survey IS DISTINCT FROM c.survey;',
    'UPDATE surveys SET comment = NULL -- what was scored stays for the reports
      WHERE ctid = ANY (ARRAY(SELECT s.ctid FROM surveys s
        WHERE s.account = of_account AND s.inbox = of_inbox AND s.conversation = c.conversation AND s.comment IS NOT NULL
          AND s.survey IS DISTINCT FROM c.survey ORDER BY s.survey));');
  EXECUTE replace(pg_get_functiondef('timeline_reported()'::regprocedure),
    'SELECT * FROM episodes e WHERE e.account = n.account AND e.inbox = n.inbox AND e.conversation = n.conversation
        AND e.episode < (n.changes ->> ''episode'')::integer OFFSET 0',
    '-- in order: only the primary key gives that without a sort, so it is taken with any statistics
      SELECT * FROM episodes e WHERE e.account = n.account AND e.inbox = n.inbox AND e.conversation = n.conversation
        AND e.episode < (n.changes ->> ''episode'')::integer ORDER BY e.episode OFFSET 0');
  EXECUTE replace(pg_get_functiondef('rebuild_reports(text, text, text)'::regprocedure),
    'AND conversation = of_conversation);
  FOR t IN', 'AND conversation = of_conversation)
  ORDER BY episode;
  FOR t IN');
END $$;
