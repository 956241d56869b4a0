import { Histogram } from '../domain/distribution';
import type { AccountDatabase, Query } from './database';
import { LONG_MS } from './pool';
import { counts, EPISODE_DURATIONS, episodes, open, waits } from './report-statements';
import type { CountsRow, EpisodesRow, OpenRow, ReportQuery, WaitsRow } from './report-statements';

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
 * All figures of a period, of one moment. PostgreSQL reads the rows of the period once, in parallel, and adds up what can be added;
 * the steps of all durations come as strings, and the percentiles are counted here.
 *
 * @throws UnknownTimeZoneError
 */
export async function readReport(
  db: AccountDatabase,
  inbox: string,
  query: ReportQuery,
): Promise<ReportRow[]> {
  const read = await db.transaction((run) => rowsOf(run, db.account, inbox, query)).catch(explained(query));
  const isGrouped = query.by !== undefined;
  return [
    ...(await timesOf(EPISODE_DURATIONS, read.episodes, isGrouped, (row, nth) =>
      // how long the customer or the agents waited, and each status lasted, is known when the work is over
      row.is_open && nth >= 3
        ? null
        : { steps: row.steps, at: nth, every: EPISODE_DURATIONS.length, ms: row.ms[nth] ?? 0 },
    )),
    ...(await timesOf(['next_reply'], read.waits, isGrouped, ({ is_next, steps, ms }) =>
      is_next ? { steps: steps ?? '', at: 0, every: 1, ms } : null,
    )),
    ...(await timesOf(['open_age'], read.open, isGrouped, ({ steps, ms }) => ({
      steps,
      at: 0,
      every: 1,
      ms,
    }))),
    ...countsOf([...read.episodes.flatMap(countsOfEpisodes), ...read.waits.map(countOfWaits), ...read.counts], isGrouped), // prettier-ignore
  ];
}

function explained({ time_zone }: ReportQuery) {
  return (error: unknown): never => {
    if (error instanceof Error && 'code' in error && error.code === '22023')
      throw new UnknownTimeZoneError(time_zone, { cause: error });
    throw error;
  };
}

async function rowsOf(run: Query, account: string, inbox: string, query: ReportQuery) {
  const values = [account, inbox, query.from, query.to, query.time_zone];
  const read = <R extends object>(text: string, also: unknown[] = []) =>
    run<R & Record<string, unknown>>({ text, values: [...values, ...also], limitMs: LONG_MS });
  await run({ text: 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ' });
  const counted = await read<CountsRow>(counts(query), [query.answered_within_hours]);
  await run({ text: FOR_MANY_ROWS });
  return {
    counts: counted,
    episodes: await read<EpisodesRow>(episodes(query)),
    waits: await read<WaitsRow>(waits(query)),
    open: await read<OpenRow>(open(query)),
  };
}

/**
 * Nearly all of a table is read from its beginning to its end, and a part of it in the order in which it lies there: one by one in
 * the order of an index, a million rows take ten times as long. Strings of a million cases are sorted by their groups in memory.
 * Compiling a plan takes longer than it saves.
 */
export const FOR_MANY_ROWS = `SELECT set_config('enable_indexscan', 'off', true), set_config('enable_seqscan', 'on', true),
  set_config('work_mem', '32MB', true), set_config('jit', 'off', true)`;

interface Part {
  /** each `every`-th character from `at` on */
  steps: string;
  at: number;
  every: number;
  ms: number;
}

/** What took time, in each group and in all together. */
async function timesOf<R extends { group: string | null }>(
  metrics: readonly string[],
  rows: readonly R[],
  isGrouped: boolean,
  partOf: (row: R, nth: number) => Part | null,
): Promise<ReportRow[]> {
  const told: ReportRow[] = [];
  const groups = groupsOf(rows);
  const [one, all] = [new Histogram(), new Histogram()];
  const tell = (is_total: boolean, group: string | null, metric: string, histogram: Histogram) => {
    const cases = histogram.cases();
    if (cases.n > 0) told.push({ is_total, group, metric, of: null, ...cases });
  };
  const pause = pauses();
  for (const [nth, metric] of metrics.entries()) {
    all.clear();
    for (const [group, of] of groups) {
      one.clear();
      for (const part of of.map((row) => partOf(row, nth)).filter((p) => p !== null)) {
        one.add(part.steps, part.at, part.every, part.ms);
        await pause(part.steps.length / part.every);
      }
      if (isGrouped) tell(false, group, metric, one);
      all.addAll(one);
    }
    tell(true, null, metric, all);
  }
  return told;
}

function groupsOf<R extends { group: string | null }>(rows: readonly R[]): Map<string | null, R[]> {
  const groups = new Map<string | null, R[]>();
  for (const row of rows) {
    const known = groups.get(row.group);
    if (known) known.push(row);
    else groups.set(row.group, [row]);
  }
  return groups;
}

const CASES_AT_ONCE = 500_000;

/** Lets others have their turn after so many cases. */
function pauses(): (cases: number) => Promise<void> {
  let done = 0;
  return async (cases) => {
    if ((done += cases) < CASES_AT_ONCE) return;
    done = 0;
    await new Promise(setImmediate);
  };
}

function countsOfEpisodes(row: EpisodesRow): CountsRow[] {
  const { group, closed_by, n } = row;
  return [
    { group, metric: 'episodes', of: closed_by, n },
    ...(['reopens', 'reopened', 'returned', 'answered'] as const).map((metric) => ({
      ...{ group, metric, of: null },
      n: row[metric],
    })),
  ];
}

const countOfWaits = ({ group, ended_by, n }: WaitsRow): CountsRow => ({
  ...{ group, metric: 'waits', of: ended_by, n },
});

/** How many there are, in each group and in all together. */
function countsOf(rows: readonly CountsRow[], isGrouped: boolean): ReportRow[] {
  const sums = new Map<string, ReportRow>();
  const add = (is_total: boolean, { group, metric, of, n }: CountsRow) => {
    const key = JSON.stringify([is_total, group, metric, of]);
    const sum = sums.get(key);
    if (sum) sum.n += n;
    else sums.set(key, { is_total, group, metric, of, n, ms: null, median: null, p90: null, under: null });
  };
  for (const row of rows.filter(({ n }) => n > 0)) {
    add(true, { ...row, group: null });
    if (isGrouped) add(false, row);
  }
  return [...sums.values()];
}
