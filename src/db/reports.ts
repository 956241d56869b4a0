import type { AccountDatabase } from './database';
import { LONG_MS } from './pool';

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

/** What took time. Each has a column of milliseconds. */
const EPISODE_DURATIONS = [
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

/** Of a group, how many cases of a kind took so many seconds. */
export interface CasesRow {
  group: string | null;
  metric: Duration;
  seconds: number;
  n: number;
  ms: number;
}

/** Of a group, how many there are of something: its name, and what it is told apart by. */
export interface CountRow {
  group: string | null;
  metric: string;
  of: string | null;
  n: number;
}

/** PostgreSQL does not know the time zone. */
export class UnknownTimeZoneError extends Error {
  override readonly name = 'UnknownTimeZoneError';
}

/**
 * All figures of a period. Only what the rows of the period say is read; how they are kept: migration 0012.
 *
 * @throws UnknownTimeZoneError
 */
export async function readReport(
  db: AccountDatabase,
  inbox: string,
  query: ReportQuery,
): Promise<{ cases: CasesRow[]; counts: CountRow[] }> {
  const { from, to, time_zone } = query;
  const values = [db.account, inbox, from, to, time_zone];
  const run = <R extends object>(text: string, ...more: unknown[]) =>
    db.query<R & Record<string, unknown>>({ text, values: [...values, ...more], limitMs: LONG_MS });
  try {
    // one after the other: a report must not take all connections
    const took = await run<CasesRow>(episodeCases(query));
    const waited = await run<CasesRow>(waitCases(query));
    const open = await run<CasesRow>(openCases(query));
    const counts = [
      await run<CountRow>(episodeCounts(query)),
      await run<CountRow>(waitCounts(query)),
      await run<CountRow>(surveyCounts(query)),
      await run<CountRow>(flowCounts(query), query.answered_within_hours),
    ];
    return { cases: [...took, ...waited, ...open], counts: counts.flat() };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === '22023')
      throw new UnknownTimeZoneError(time_zone, { cause: error });
    throw error;
  }
}

/**
 * Rounded down: to the second under five minutes, then by less than one part in thirty. So there are few different values, which
 * makes large reports quick, and a percentile of them is the rounded percentile. Every bound of the distribution is one.
 */
const ROUNDED = `CASE
  WHEN ms < 300000 THEN ms / 1000
  WHEN ms < 3600000 THEN ms / 10000 * 10
  WHEN ms < 28800000 THEN ms / 60000 * 60
  WHEN ms < 172800000 THEN ms / 600000 * 600
  ELSE ms / 3600000 * 3600 END`;

const CASES = `"group", metric, ${ROUNDED} AS seconds, count(*) AS n, sum(ms)::float8 AS ms`;

/** What differs between the tables in how their rows are grouped. */
interface Columns {
  agent: string;
  team: string;
  opened_by: string;
  date: string;
}

/** $5: the time zone, which every statement mentions, so that an unknown one is told with any grouping. */
function groupOf({ by }: ReportQuery, { agent, team, opened_by, date }: Columns): string {
  const local = `(${date} AT TIME ZONE $5::text)`;
  switch (by) {
    case undefined:
      return `CASE WHEN ${local} IS NULL THEN NULL::text END`;
    case 'agent':
      return agent;
    case 'team':
      return team;
    case 'opened_by':
      return opened_by;
    case 'day':
      return `to_char(${local}, 'YYYY-MM-DD')`;
    case 'hour_of_week':
      return `((extract(isodow FROM ${local}) - 1) * 24 + extract(hour FROM ${local}))::int::text`;
  }
}

const DATE = { opened: 'e.opened_at', closed: 'e.closed_at', answered: 'e.answered_at' };
const AGENT = { assigned: 'e.agent', replied: 'e.answered_by', closed: 'e.closed_agent' };

const ofEpisodes = (query: ReportQuery, date = DATE[query.dated_by]): Columns => ({
  agent: AGENT[query.agent_is],
  team: 'e.team',
  opened_by: 'e.opened_by',
  date,
});

/** $5 is always mentioned, or PostgreSQL would not know its type. */
const mine = (alias: string) => `${alias}.account = $1 AND ${alias}.inbox = $2 AND $5::text IS NOT NULL`;
const within = (date: string) => `${date} >= $3 AND ${date} < $4`;

const CHOSEN = (query: ReportQuery) =>
  `report_episodes e WHERE ${mine('e')} AND e.episode > 0 AND ${within(DATE[query.dated_by])}`;

/** How long the customer or the agents waited, and each status lasted, is known when the work is over. */
function episodeCases(query: ReportQuery): string {
  const columns = EPISODE_DURATIONS.map((name, i) =>
    i < 3 ? `('${name}', e.${name})` : `('${name}', CASE WHEN e.closed_at IS NOT NULL THEN e.${name} END)`,
  );
  return `SELECT ${CASES} FROM (
      SELECT ${groupOf(query, ofEpisodes(query))} AS "group", m.metric, m.ms
      FROM ${CHOSEN(query).replace(' WHERE', `, LATERAL (VALUES ${columns.join(', ')}) m(metric, ms) WHERE`)}
    ) m WHERE ms IS NOT NULL GROUP BY 1, 2, 3`;
}

/** Those of the period if it counts from the opening; else all that were opened before its end. */
function openCases(query: ReportQuery): string {
  const period =
    query.dated_by === 'opened' ? within('e.opened_at') : 'e.opened_at < $4 AND $3::text IS NOT NULL';
  return `SELECT ${CASES} FROM (
      SELECT ${groupOf(query, ofEpisodes(query, 'e.opened_at'))} AS "group", 'open_age' AS metric,
        milliseconds(e.opened_at, now()) AS ms
      FROM report_episodes e WHERE ${mine('e')} AND e.episode > 0 AND e.closed_at IS NULL AND ${period}
    ) m GROUP BY 1, 2, 3`;
}

const ofWaits = (query: ReportQuery): Columns => ({
  agent: query.agent_is === 'assigned' ? 'w.agent' : 'w.answered_by',
  team: 'w.team',
  opened_by: 'w.opened_by',
  date: 'w.ended_at',
});

const WAITS = `report_waits w WHERE ${mine('w')} AND w.seq > 0 AND ${within('w.ended_at')}`;

function waitCases(query: ReportQuery): string {
  return `SELECT ${CASES} FROM (
      SELECT ${groupOf(query, ofWaits(query))} AS "group", 'next_reply' AS metric, w.took AS ms
      FROM ${WAITS} AND w.ended_by = 'reply' AND NOT w.first
    ) m GROUP BY 1, 2, 3`;
}

function waitCounts(query: ReportQuery): string {
  return `SELECT ${groupOf(query, ofWaits(query))} AS "group", 'waits' AS metric, w.ended_by AS of, count(*) AS n
    FROM ${WAITS} GROUP BY 1, 3`;
}

function episodeCounts(query: ReportQuery): string {
  return `SELECT e."group", c.metric, c.of, c.n FROM (
      SELECT ${groupOf(query, ofEpisodes(query))} AS "group", e.closed_by, count(*) AS n, sum(e.reopens) AS reopens,
        count(*) FILTER (WHERE e.reopens > 0) AS reopened, count(*) FILTER (WHERE e.returned) AS returned,
        count(*) FILTER (WHERE e.answered_at IS NOT NULL) AS answered
      FROM ${CHOSEN(query)} GROUP BY 1, 2
    ) e, LATERAL (VALUES ('episodes', e.closed_by, e.n), ('reopens', NULL, e.reopens), ('reopened', NULL, e.reopened),
      ('returned', NULL, e.returned), ('answered', NULL, e.answered)) c(metric, of, n)`;
}

/** By when a survey was asked. Whom it rates is its agent. */
function surveyCounts(query: ReportQuery): string {
  const columns = { ...ofEpisodes(query), agent: 's.agent', date: 's.asked_at' };
  return `SELECT ${groupOf(query, columns)} AS "group", CASE s.state WHEN 'answered' THEN 'score' ELSE 'survey' END AS metric,
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
      SELECT ${groupOf(query, columns)} AS "group", f.source, f.rule, f.outcome, f.ended_by, count(*) AS n,
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
