/** What reports ask PostgreSQL. How the rows are kept: migrations 0012 and 0021. */

export const GROUPINGS = ['agent', 'team', 'day', 'hour_of_week', 'opened_by'] as const;
export const DATES = ['opened', 'closed', 'answered'] as const;
export const AGENTS = ['assigned', 'replied', 'closed'] as const;

export interface ReportQuery {
  from: string;
  to: string;
  by?: (typeof GROUPINGS)[number];
  /** which of an episode's dates lies in the period */
  dated_by: (typeof DATES)[number];
  /** whose an episode is */
  agent_is: (typeof AGENTS)[number];
  time_zone: string;
  /** in how many hours a broadcast must be answered to count */
  answered_within_hours: number;
}

/** What took time. Each has a column of milliseconds, and its place in the column `steps`. */
export const EPISODE_DURATIONS = [
  'first_reply',
  'first_resolution',
  'full_resolution',
  'requester_wait',
  'agent_wait',
  'snoozed',
  'in_new',
  'in_progress',
  'in_flow',
  'in_resolved',
] as const;
export type Duration = (typeof EPISODE_DURATIONS)[number] | 'next_reply' | 'open_age';

/** Of the episodes of a period, a row for each group, who closed them, and whether they are open. */
export interface EpisodesRow {
  group: string | null;
  closed_by: string | null;
  is_open: boolean;
  n: number;
  answered: number;
  reopens: number;
  reopened: number;
  returned: number;
  /** of each duration, all cases together */
  ms: (number | null)[];
  /** for each episode, a character for each duration */
  steps: string;
}

export function episodes(query: ReportQuery): string {
  return grouped(
    groupOf(query, ofEpisodes(query)),
    `e.closed_by, e.closed_at IS NULL AS is_open, count(*)::int AS n, count(e.answered_at)::int AS answered,
      sum(e.reopens)::int AS reopens, count(*) FILTER (WHERE e.reopens > 0)::int AS reopened,
      count(*) FILTER (WHERE e.returned)::int AS returned,
      ARRAY[${EPISODE_DURATIONS.map((name) => `sum(e.${name})::float8`).join(', ')}] AS ms, string_agg(e.steps, '') AS steps`,
    `report_episodes e WHERE ${mine('e')} AND e.episode > 0 AND ${within(DATE[query.dated_by])}`,
    ['e.closed_by', 'e.closed_at IS NULL'],
  );
}

/** Of those that are open: of the period if it counts from the opening; else of all that were opened before its end. */
export interface OpenRow {
  group: string | null;
  ms: number;
  steps: string;
}

export function open(query: ReportQuery): string {
  const period =
    query.dated_by === 'opened' ? within('e.opened_at') : 'e.opened_at < $4 AND $3::text IS NOT NULL';
  const age = 'milliseconds(e.opened_at, now())';
  return grouped(
    groupOf(query, ofEpisodes(query, 'e.opened_at')),
    `sum(${age})::float8 AS ms, string_agg(step(${age}), '') AS steps`,
    `report_episodes e WHERE ${mine('e')} AND e.episode > 0 AND e.closed_at IS NULL AND ${period}`,
  );
}

/** Of the waits that ended in the period, a row for each group, what ended them, and whether it is a reply that is not the first. */
export interface WaitsRow {
  group: string | null;
  ended_by: string;
  is_next: boolean;
  n: number;
  ms: number;
  /** of next replies */
  steps: string | null;
}

export function waits(query: ReportQuery): string {
  const isNext = `w.ended_by = 'reply' AND NOT w.first`;
  return grouped(
    groupOf(query, ofWaits(query)),
    `w.ended_by, ${isNext} AS is_next, count(*)::int AS n, sum(w.took)::float8 AS ms,
      string_agg(w.step, '') FILTER (WHERE ${isNext}) AS steps`,
    `report_waits w WHERE ${mine('w')} AND w.seq > 0 AND ${within('w.ended_at')}`,
    ['w.ended_by', isNext],
  );
}

/** Of surveys and flows, how many there are in each group. */
export interface CountsRow {
  group: string | null;
  metric: string;
  of: string | null;
  n: number;
}

export function counts(query: ReportQuery): string {
  return `SELECT ${labelOf(query, '"group"')} AS "group", metric, of, n::int AS n
    FROM (${surveyCounts(query)} UNION ALL ${flowCounts(query)}) c`;
}

/** Each group is named only once it is counted. */
function grouped({ key, label }: Group, columns: string, from: string, also: string[] = []): string {
  return `SELECT ${label} AS "group", ${columns} FROM ${from} GROUP BY ${[key, ...also].join(', ')}`;
}

/** What differs between the tables in how their rows are grouped. */
interface Columns {
  agent: string;
  team: string;
  opened_by: string;
  date: string;
}

/** By what rows are grouped, and how the group is named in an answer. */
interface Group {
  key: string;
  label: string;
}

/** $5: the time zone, which is always used, so that an unknown one is told with any grouping. */
function groupOf(query: ReportQuery, columns: Columns): Group {
  const key = keyOf(query, columns);
  return { key, label: labelOf(query, key) };
}

function keyOf({ by }: ReportQuery, { agent, team, opened_by, date }: Columns): string {
  const local = `(${date} AT TIME ZONE $5::text)`;
  if (by === undefined) return 'NULL::text';
  // sorted, but not as people sort
  if (by === 'agent') return `${agent} COLLATE "C"`;
  if (by === 'team') return `${team} COLLATE "C"`;
  if (by === 'opened_by') return `${opened_by} COLLATE "C"`;
  if (by === 'day') return `${local}::date`;
  // local hours since 1970 began, which was a Thursday; several times as fast as `extract`
  return `mod(mod(floor(date_part('epoch', ${local}) / 3600)::bigint + 72, 168) + 168, 168)::int`;
}

const labelOf = ({ by }: ReportQuery, key: string) =>
  by === 'day' ? `to_char(${key}, 'YYYY-MM-DD')` : `(${key})::text`;

const DATE = { opened: 'e.opened_at', closed: 'e.closed_at', answered: 'e.answered_at' };
const AGENT = { assigned: 'e.agent', replied: 'e.answered_by', closed: 'e.closed_agent' };

const ofEpisodes = (query: ReportQuery, date = DATE[query.dated_by]): Columns => ({
  agent: AGENT[query.agent_is],
  team: 'e.team',
  opened_by: 'e.opened_by',
  date,
});

const mine = (alias: string) =>
  `${alias}.account = $1 AND ${alias}.inbox = $2 AND (now() AT TIME ZONE $5::text) IS NOT NULL`;
const within = (date: string) => `${date} >= $3 AND ${date} < $4`;

const ofWaits = (query: ReportQuery): Columns => ({
  agent: query.agent_is === 'assigned' ? 'w.agent' : 'w.answered_by',
  team: 'w.team',
  opened_by: 'w.opened_by',
  date: 'w.ended_at',
});

/** By when a survey was asked. Whom it rates is its agent. */
function surveyCounts(query: ReportQuery): string {
  const columns = { ...ofEpisodes(query), agent: 's.agent', date: 's.asked_at' };
  return `SELECT ${keyOf(query, columns)} AS "group", CASE s.state WHEN 'answered' THEN 'score' ELSE 'survey' END AS metric,
      coalesce(CASE s.state WHEN 'answered' THEN s.score::text END, s.state) AS of, count(*) AS n
    FROM surveys s LEFT JOIN report_episodes e
      ON (e.account, e.inbox, e.conversation, e.episode) = (s.account, s.inbox, s.conversation, s.episode)
    WHERE ${mine('s')} AND ${within('s.asked_at')} GROUP BY 1, 2, 3`;
}

/** By when a flow started, or was refused. Whose it is: who was assigned at its end. $6: hours. */
function flowCounts(query: ReportQuery): string {
  const columns = {
    agent: 'f.agent',
    team: 'f.team',
    opened_by: 'coalesce(f.opened_by, f.source)',
    date: 'f.started_at',
  };
  return `SELECT f."group", c.metric, c.of, c.n FROM (
      SELECT ${keyOf(query, columns)} AS "group", f.source, f.rule, f.outcome, f.ended_by, count(*) AS n,
        count(*) FILTER (WHERE f.handed_over) AS handed_over,
        count(*) FILTER (WHERE f.answered_at <= f.started_at + make_interval(hours => $6)) AS answered
      FROM report_flows f WHERE ${mine('f')} AND f.seq > 0 AND ${within('f.started_at')} GROUP BY 1, 2, 3, 4, 5
    ) f, LATERAL (
      SELECT 'flow_started' AS metric, f.source AS of, f.n WHERE f.rule IS NULL
      UNION ALL SELECT 'flow_ended', coalesce(f.outcome, 'running'), f.n WHERE f.rule IS NULL
      UNION ALL SELECT 'flow_interrupted', f.ended_by, f.n WHERE f.outcome = 'interrupted'
      UNION ALL SELECT 'flow_handed_over', NULL, f.handed_over WHERE f.rule IS NULL
      UNION ALL SELECT 'broadcast_reached', NULL, f.n WHERE f.source = 'broadcast' AND f.rule IS NULL
      UNION ALL SELECT 'broadcast_answered', NULL, f.answered WHERE f.source = 'broadcast' AND f.rule IS NULL
      UNION ALL SELECT 'broadcast_blocked', f.rule, f.n WHERE f.rule IS NOT NULL
    ) c`;
}
