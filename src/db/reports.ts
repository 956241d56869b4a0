import { CLOSERS } from '../domain/conversation';
import { BOUNDS } from '../domain/distribution';
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

/** What a report says of a group, or of all: how long it took, where something took time, and how many there are. */
export interface ReportRow {
  /** of all groups together; then `group` is null */
  is_total: boolean;
  group: string | null;
  metric: string;
  /** what a count is told apart by; null also of what took time */
  of: string | null;
  n: number;
  /** all cases together */
  ms: number | null;
  /** in seconds, rounded down */
  median: number | null;
  p90: number | null;
  /** how many cases took less than each of the distribution's bounds */
  under: number[] | null;
}

/** PostgreSQL does not know the time zone. */
export class UnknownTimeZoneError extends Error {
  override readonly name = 'UnknownTimeZoneError';
}

/**
 * All figures of a period, in one statement, so of one moment. Only what the rows of the period say is read; how they are kept:
 * migration 0012.
 *
 * @throws UnknownTimeZoneError
 */
export async function readReport(
  db: AccountDatabase,
  inbox: string,
  query: ReportQuery,
): Promise<ReportRow[]> {
  const { from, to, time_zone, answered_within_hours } = query;
  const values = [db.account, inbox, from, to, time_zone, answered_within_hours];
  try {
    return await db.transaction(async (run) => {
      await run({ text: `SET LOCAL work_mem = '${WORK_MEM}'` });
      return run<ReportRow & Record<string, unknown>>({ text: statementOf(query), values, limitMs: LONG_MS });
    });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === '22023')
      throw new UnknownTimeZoneError(time_zone, { cause: error });
    throw error;
  }
}

/** For each of the sorts that percentiles need, of which a statement has about ten. */
const WORK_MEM = '16MB';

/** Each table is read once. $6: hours. */
function statementOf(query: ReportQuery): string {
  const grouped =
    query.by === undefined ? [] : [`SELECT false AS is_total, "group", metric, of, n FROM counts`];
  const together = `SELECT true AS is_total, NULL AS "group", metric, of, sum(n) AS n FROM counts GROUP BY metric, of`;
  return `WITH episodes AS MATERIALIZED (${episodes(query)}), waits AS MATERIALIZED (${waits(query)}), open AS MATERIALIZED (${open(query)}),
  counts AS MATERIALIZED (${[waitCounts(query), surveyCounts(query), flowCounts(query)].join(' UNION ALL ')}),
  told AS (
    ${timesIn('episodes', EPISODE_DURATIONS)} UNION ALL ${timesIn('waits', ['next_reply'])} UNION ALL ${timesIn('open', ['open_age'])}
    UNION ALL SELECT e.is_total, e."group", c.metric, c.of, c.n, NULL, NULL, NULL FROM episodes e, LATERAL (VALUES
      ${CLOSED_BY.map((by) => `('episodes', ${by === null ? 'NULL' : `'${by}'`}, e.closed_${by ?? 'not'})`).join(', ')},
      ('reopens', NULL, e.reopens), ('reopened', NULL, e.reopened), ('returned', NULL, e.returned), ('answered', NULL, e.answered)
    ) c(metric, of, n) WHERE c.n > 0
    UNION ALL SELECT *, NULL, NULL, NULL FROM (${[...grouped, together].join(' UNION ALL ')}) c
  )
  SELECT is_total, ${labelOf(query)} AS "group", metric, of, n::int AS n, ms, ${rounded('ranks[1]')}::int AS median,
    ${rounded('ranks[2]')}::int AS p90, under FROM told`;
}

const CLOSED_BY = [...CLOSERS, null];

/**
 * Rounded down: to the second under five minutes, then by less than one part in thirty, so that nobody takes a figure for more
 * exact than it is. Every bound of the distribution is one that nothing is rounded across.
 */
const rounded = (ms: string) => `CASE
  WHEN ${ms} < 300000 THEN ${ms} / 1000
  WHEN ${ms} < 3600000 THEN ${ms} / 10000 * 10
  WHEN ${ms} < 28800000 THEN ${ms} / 60000 * 60
  WHEN ${ms} < 172800000 THEN ${ms} / 600000 * 600
  ELSE ${ms} / 3600000 * 3600 END`;

/** What took time, as columns of one row a group: how often, how long together, two percentiles, the distribution. */
function times(names: readonly Duration[]): string {
  const of = (name: Duration) => {
    const under = BOUNDS.map((bound) => `count(*) FILTER (WHERE ${name} < ${bound * 1000})`);
    return `count(${name}) AS n_${name}, sum(${name})::float8 AS ms_${name}, ARRAY[${under.join(', ')}]::int[] AS under_${name},
      percentile_disc(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY ${name}) AS ranks_${name}`;
  };
  return names.map(of).join(', ');
}

/** The same as a row each. */
function timesIn(table: string, names: readonly Duration[]): string {
  const values = names.map((m) => `('${m}', t.n_${m}, t.ms_${m}, t.ranks_${m}, t.under_${m})`);
  return `SELECT t.is_total, t."group", m.metric, NULL AS of, m.n, m.ms, m.ranks, m.under
    FROM ${table} t, LATERAL (VALUES ${values.join(', ')}) m(metric, n, ms, ranks, under) WHERE m.n > 0`;
}

/** Aggregates of each group and of all together. `OFFSET 0`: the group is computed once for each row. */
function byGroup(
  { by }: ReportQuery,
  group: string,
  columns: string,
  from: string,
  aggregates: string,
): string {
  const rows = `(SELECT ${group} AS "group", ${columns} FROM ${from} OFFSET 0) r`;
  if (by === undefined) return `SELECT true AS is_total, NULL::text AS "group", ${aggregates} FROM ${rows}`;
  return `SELECT grouping("group") = 1 AS is_total, "group", ${aggregates} FROM ${rows} GROUP BY GROUPING SETS (("group"), ())`;
}

/** What differs between the tables in how their rows are grouped. */
interface Columns {
  agent: string;
  team: string;
  opened_by: string;
  date: string;
}

/** $5: the time zone, which is always used, so that an unknown one is told with any grouping. */
function groupOf({ by }: ReportQuery, { agent, team, opened_by, date }: Columns): string {
  const local = `(${date} AT TIME ZONE $5::text)`;
  switch (by) {
    case undefined:
      return 'NULL::text';
    case 'agent':
      return `${agent} COLLATE "C"`; // sorted, but not as people sort
    case 'team':
      return `${team} COLLATE "C"`;
    case 'opened_by':
      return `${opened_by} COLLATE "C"`;
    case 'day':
      return `${local}::date`;
    case 'hour_of_week':
      return `((extract(isodow FROM ${local}) - 1) * 24 + extract(hour FROM ${local}))::int`;
  }
}

function labelOf({ by }: ReportQuery): string {
  return by === 'day' ? `to_char("group", 'YYYY-MM-DD')` : '"group"::text';
}

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

const CHOSEN = (query: ReportQuery) =>
  `report_episodes e WHERE ${mine('e')} AND e.episode > 0 AND ${within(DATE[query.dated_by])}`;

/** How long the customer or the agents waited, and each status lasted, is known when the work is over. */
function episodes(query: ReportQuery): string {
  const columns = EPISODE_DURATIONS.map((name, i) =>
    i < 3 ? `e.${name}` : `CASE WHEN e.closed_at IS NOT NULL THEN e.${name} END AS ${name}`,
  );
  const closed = CLOSED_BY.map((by) =>
    by === null
      ? 'count(*) FILTER (WHERE closed_by IS NULL) AS closed_not'
      : `count(*) FILTER (WHERE closed_by = '${by}') AS closed_${by}`,
  );
  return byGroup(
    query,
    groupOf(query, ofEpisodes(query)),
    [...columns, 'e.closed_by, e.reopens, e.returned, e.answered_at'].join(', '),
    CHOSEN(query),
    `${times(EPISODE_DURATIONS)}, ${closed.join(', ')}, sum(reopens) AS reopens, count(*) FILTER (WHERE reopens > 0) AS reopened,
      count(*) FILTER (WHERE returned) AS returned, count(answered_at) AS answered`,
  );
}

/** Those of the period if it counts from the opening; else all that were opened before its end. */
function open(query: ReportQuery): string {
  const period =
    query.dated_by === 'opened' ? within('e.opened_at') : 'e.opened_at < $4 AND $3::text IS NOT NULL';
  return byGroup(
    query,
    groupOf(query, ofEpisodes(query, 'e.opened_at')),
    'milliseconds(e.opened_at, now()) AS open_age',
    `report_episodes e WHERE ${mine('e')} AND e.episode > 0 AND e.closed_at IS NULL AND ${period}`,
    times(['open_age']),
  );
}

const ofWaits = (query: ReportQuery): Columns => ({
  agent: query.agent_is === 'assigned' ? 'w.agent' : 'w.answered_by',
  team: 'w.team',
  opened_by: 'w.opened_by',
  date: 'w.ended_at',
});

const WAITS = `report_waits w WHERE ${mine('w')} AND w.seq > 0 AND ${within('w.ended_at')}`;

function waits(query: ReportQuery): string {
  const from = `${WAITS} AND w.ended_by = 'reply' AND NOT w.first`;
  return byGroup(query, groupOf(query, ofWaits(query)), 'w.took AS next_reply', from, times(['next_reply']));
}

function waitCounts(query: ReportQuery): string {
  return `SELECT ${groupOf(query, ofWaits(query))} AS "group", 'waits' AS metric, w.ended_by AS of, count(*) AS n
    FROM ${WAITS} GROUP BY 1, 3`;
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
