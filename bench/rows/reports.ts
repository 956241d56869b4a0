import { HttpClient } from '../load/http';
import { figure, interleaved } from '../rounds';
import { ms, round, type Bench, type Line, type Row } from '../row';
import type { Setup } from '../setup';
import { mean } from '../statistics';

const INBOX = 'reported';
const GOAL_MS = 1000;
const PERIOD = 'from=2025-01-01T00:00:00Z&to=2026-01-01T00:00:00Z';
const QUESTIONS = [
  '',
  '&by=agent',
  '&by=day&time_zone=America/Sao_Paulo',
  '&by=hour_of_week',
  '&dated_by=closed&by=team',
  '&dated_by=answered&agent_is=replied&by=agent',
];

/** The limit: SQL as a person writes it by hand for two figures of each agent, over the episodes themselves. */
const BY_HAND = `
SELECT assignee ->> 'agent', count(*), percentile_disc(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY first_reply_at - started_at),
  percentile_disc(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY closed_at - started_at)
FROM episodes WHERE account = 'default' AND inbox = '${INBOX}' AND started_at >= '2025-01-01' AND started_at < '2026-01-01'
GROUP BY 1`;

/** Row 14: reports over a year of a large inbox. */
export const reports: Row = {
  numbers: ['14'],
  async measure({ setup, effort, progress }: Bench): Promise<Line[]> {
    const count = effort.episodes;
    await seed(setup, count, progress(`seeding ${count.toLocaleString('en')} episodes`));
    const lines: Line[] = [];
    for (const question of QUESTIONS) {
      await ask(setup, question);
      const measured = await interleaved(
        effort.rounds,
        () => timed(() => setup.pool.query(BY_HAND)),
        () => timed(() => ask(setup, question)),
        progress(`reports ${question}`),
      );
      const limit = figure(measured.map((r) => mean(r.limit)));
      const ours = figure(measured.map((r) => mean(r.ours)));
      lines.push({
        n: '14',
        what: `all figures of ${count.toLocaleString('en')} episodes${question && `, ${question.slice(1)}`}`,
        goal: `≤ ${GOAL_MS} ms`,
        ...{ limit: `${ms(limit.median)} (two figures by agent)`, ours: ms(ours.median) },
        ...{ ratio: round(ours.median / limit.median), spread: `${ms(ours.least)}–${ms(ours.most)}` },
        pass: ours.median <= GOAL_MS,
        raw: { limit, ours },
      });
    }
    return lines;
  },
};

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

async function ask({ url, key }: Setup, question: string): Promise<void> {
  const http = new HttpClient(url, { Authorization: `Bearer ${key}` });
  const { status } = await http.get(`/v1/inboxes/${INBOX}/reports?${PERIOD}${question}`);
  http.close();
  if (status !== 200) throw new Error(`reports ${question} answered ${status}`);
}

const AT_ONCE = 100_000;

async function seed(
  { pool }: Setup,
  count: number,
  progress: (done: number, of: number) => void,
): Promise<void> {
  await pool.query(`INSERT INTO inboxes (account, inbox, settings) VALUES ('default', $1, '{}')`, [INBOX]);
  for (let from = 0; from < count; from += AT_ONCE) {
    progress(from, count);
    await pool.query(SEED, [INBOX, from, Math.min(count, from + AT_ONCE) - 1, Math.ceil(31_000_000 / count)]);
  }
  for (const table of ['episodes', 'report_episodes', 'report_waits'])
    await pool.query(`VACUUM (ANALYZE) ${table}`);
}

/** Over a year, one after the other; 50 agents, replies within minutes to hours, two waits, closed within hours to days; one in fifty is open. */
const SEED = `
WITH made AS (
  SELECT 'c' || n AS conversation, timestamptz '2025-01-01' + make_interval(secs => n::bigint * $4::int) AS opened_at,
    (exp(random() * 9) * 10000)::bigint AS reply, (exp(random() * 6) * 1000000)::bigint AS took, n % 50 <> 0 AS closed,
    'agent-' || n % 50 AS agent, 'team-' || n % 7 AS team
  FROM generate_series($2::int, $3::int) n
), kept AS (
  INSERT INTO report_episodes (account, inbox, conversation, episode, opened_at, opened_by, answered_at, answered_by,
    first_closed_at, closed_at, closed_by, closed_agent, agent, team, first_reply, first_resolution, full_resolution,
    requester_wait, agent_wait, in_new, in_progress, status, since)
  SELECT 'default', $1, conversation, 1, opened_at, 'message', opened_at + reply * interval '1 ms', agent, closed_at, closed_at,
    CASE WHEN closed THEN 'agent' END, CASE WHEN closed THEN agent END, agent, team, reply, CASE WHEN closed THEN took END,
    CASE WHEN closed THEN took END, reply, took, reply, took, CASE WHEN closed THEN 'closed' ELSE 'in_progress' END, opened_at
  FROM made, LATERAL (SELECT CASE WHEN closed THEN opened_at + took * interval '1 ms' END AS closed_at) c
), waited AS (
  INSERT INTO report_waits (account, inbox, conversation, seq, episode, opened_by, ended_at, ended_by, first, answered_by, agent,
    team, took)
  SELECT 'default', $1, conversation, nth, 1, 'message', opened_at + nth * reply * interval '1 ms', 'reply', nth = 1, agent, agent,
    team, reply
  FROM made, generate_series(1, 2) nth
)
INSERT INTO episodes (account, inbox, conversation, episode, started_at, first_reply_at, closed_at, assignee, agents, tags)
SELECT 'default', $1, conversation, 1, opened_at, opened_at + reply * interval '1 ms',
  CASE WHEN closed THEN opened_at + took * interval '1 ms' END, jsonb_build_object('agent', agent, 'team', team), '[]', '[]'
FROM made`;
