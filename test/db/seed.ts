import type { Pool } from 'pg';

export const BIG = 100_000;

/** 1 % each are new, in progress, in a flow and resolved; of the 70 % closed most are archived. */
const rows = (account: string, inbox: string, from: string) => `
INSERT INTO conversations (account, inbox, conversation, status, seq, settings_version, unread, archived, assignee, tags,
  flow, survey, snoozed_until, waiting_since, last_activity_at, blocked, window_closes_at, closed_at, close, next)
SELECT ${account}, ${inbox}, 'c_' || i, s, 0, 1, s = 'new', s = 'closed' AND i % 10 < 8,
  jsonb_build_object('team', CASE WHEN i % 7 = 0 THEN 'team' || i % 20 END, 'agent', CASE WHEN i % 3 = 0 THEN 'ag' || i % 50 END),
  CASE WHEN i % 5 = 0 THEN '[{"name": "common", "locked": false}]'::jsonb ELSE '[]' END
    || CASE WHEN i % 20 = 9 THEN jsonb_build_array(jsonb_build_object('name', 'tag' || i % 1000, 'locked', false)) ELSE '[]' END,
  CASE WHEN s = 'in_flow' THEN '{}'::jsonb END, CASE WHEN s = 'resolved' THEN '{}'::jsonb END,
  CASE WHEN s = 'in_progress' AND i % 11 = 0 THEN now() END,
  CASE WHEN s IN ('new', 'in_progress') AND i % 2 = 0 THEN now() - i * interval '1 second' END,
  now() - i * interval '1 second', i % 500 = 1, CASE WHEN i % 4 < 2 THEN now() + interval '1 day' - i * interval '2 seconds' END,
  CASE WHEN s = 'closed' THEN now() END,
  CASE WHEN s IN ('closed', 'resolved') THEN '{}'::jsonb END,
  CASE WHEN s = 'in_progress' THEN jsonb_build_object('timer', 'auto_close',
    'due_at', to_char(now() + (i / 100 % 10 - 1) * interval '1 day', 'YYYY-MM-DD"T"HH24:MI:SS".000Z"')) END
FROM ${from}, LATERAL (SELECT CASE i % 100 WHEN 0 THEN 'new' WHEN 1 THEN 'in_progress' WHEN 2 THEN 'in_flow' WHEN 3 THEN 'resolved'
  ELSE CASE WHEN i % 100 < 30 THEN 'not_contacted' ELSE 'closed' END END AS s) status`;

/** A thousand inboxes of ten conversations in each of two accounts' names. */
export async function seedSmall(pool: Pool): Promise<void> {
  await pool.query(`INSERT INTO inboxes (account, inbox, settings)
    SELECT CASE WHEN n % 2 = 0 THEN 'a' ELSE 'b' END, 'small' || n, '{}' FROM generate_series(1, 1000) n`);
  await pool.query(
    rows(
      `CASE WHEN n % 2 = 0 THEN 'a' ELSE 'b' END`,
      `'small' || n`,
      'generate_series(1, 1000) n, generate_series(n * 10, n * 10 + 9) i',
    ),
  );
}

/** One inbox of 100,000; ten of them have a thousand decisions each. */
export async function seedBig(pool: Pool): Promise<void> {
  await pool.query(
    `INSERT INTO inboxes (account, inbox, settings, settings_version) VALUES ('a', 'big', '{}', 2)
     ON CONFLICT (account, inbox) DO UPDATE SET settings_version = 2`,
  );
  await pool.query(rows(`'a'`, `'big'`, `generate_series(1, ${BIG}) i`));
  await pool.query(`INSERT INTO timeline (account, inbox, conversation, seq, at, version, settings_version, event, type,
      verdict, "from", "to", data, changes)
    SELECT 'a', 'big', 'c_' || (i % 10), i / 10 + 1, now(), 1, 1, 'e' || i, 'message', 'applied', 'new', 'new', '{}', '{"unread": true}'
    FROM generate_series(0, 9999) i`);
  await pool.query(`INSERT INTO conversation_aliases (account, inbox, alias, conversation)
    SELECT 'a', 'big', 'alias_' || i, 'c_' || i FROM generate_series(1, 20000) i`);
  await pool.query(`INSERT INTO episodes (account, inbox, conversation, episode, started_at, assignee, agents, tags)
    SELECT 'a', 'big', 'c_' || i, 1, now(), '{}', '[]', '[]' FROM generate_series(1, 10000) i`);
}
