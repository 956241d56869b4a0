/** Many conversations, as PostgreSQL would hold them after years: most are closed. */
import { DEFAULT_SETTINGS } from '../src/domain/settings';
import type { Setup } from './setup';

export const BULK_INBOX = 'bulk';
const AT_ONCE = 50_000;

export const bulkId = (n: number) => `c${String(n).padStart(8, '0')}`;

/** Fills the bulk inbox up to `count`. */
export async function seed(
  { pool }: Pick<Setup, 'pool'>,
  count: number,
  progress: (done: number, of: number) => void,
) {
  await pool.query(
    `INSERT INTO inboxes (account, inbox, settings) VALUES ('default', $1, $2) ON CONFLICT DO NOTHING`,
    [BULK_INBOX, JSON.stringify(DEFAULT_SETTINGS)],
  );
  const { rows } = await pool.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM conversations WHERE account = 'default' AND inbox = $1`,
    [BULK_INBOX],
  );
  for (let from = rows[0]?.n ?? 0; from < count; from += AT_ONCE) {
    progress(from, count);
    await pool.query(INSERT, [BULK_INBOX, from, Math.min(count, from + AT_ONCE) - 1]);
  }
  await pool.query('VACUUM (ANALYZE) conversations');
}

/** 86 of 100 are closed, half of those archived; with agents, teams and tags. */
const INSERT = `
INSERT INTO conversations (account, inbox, conversation, status, version, seq, settings_version, episode, unread, archived,
  assignee, tags, flow, waiting_since, started_at, last_activity_at, closed_at, close, archived_at, created_at, updated_at)
SELECT 'default', $1, 'c' || lpad(n::text, 8, '0'), status, 4, 5, 1, 1, status = 'new', archived,
  jsonb_build_object('team', 'team-' || n % 7, 'agent', CASE WHEN n % 3 = 0 THEN 'agent-' || n % 40 END),
  CASE WHEN n % 10 = 0 THEN jsonb_build_array(jsonb_build_object('name', 'tag-' || n % 30, 'locked', false)) ELSE '[]' END,
  CASE WHEN status = 'in_flow' THEN jsonb_build_object('flow', 'welcome', 'execution', 'x', 'source', 'flow',
    'has_priority', false, 'started_at', '2026-01-01T00:00:00.000Z', 'expires_at', NULL, 'interrupted', NULL) END,
  CASE WHEN status = 'new' THEN at END, at, at,
  CASE WHEN status = 'closed' THEN at END,
  CASE WHEN status = 'closed' THEN '{"by": "agent", "agent": "ana", "reason": null}'::jsonb END,
  CASE WHEN archived THEN at END, at, at
FROM (
  SELECT n, status, status = 'closed' AND n % 2 = 0 AS archived,
    timestamptz '2026-01-01' + make_interval(secs => (n::bigint * 7919) % 20000000) AS at
  FROM generate_series($2::int, $3::int) n, LATERAL (
    SELECT CASE WHEN n % 100 < 86 THEN 'closed' WHEN n % 100 < 91 THEN 'new' WHEN n % 100 < 98 THEN 'in_progress'
      WHEN n % 100 < 99 THEN 'in_flow' ELSE 'not_contacted' END AS status) s
) made
ORDER BY n`;
