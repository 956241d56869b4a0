/** Bulk jobs as the API makes, shows and aborts them. What the worker does with them: bulk-work.ts. */
import { MOST_IN_BULK, type BULK_STATES, type BulkResult } from '../domain/bulk';
import type { Reason, Rule } from '../domain/decision';
import type { AccountDatabase } from './database';
import { conditionsOf, keysOf, Values, type Filters } from './filters';
import { LONG_MS } from './pool';

export interface BulkJob {
  job: string;
  inbox: string;
  /** without its id */
  event: Record<string, unknown>;
  filter: object | null;
  retry_of: string | null;
  state: (typeof BULK_STATES)[number];
  count: number;
  results: Record<BulkResult, number>;
  created_at: string;
  ended_at: string | null;
}

export interface BulkItem {
  conversation: string;
  verdict: Exclude<BulkResult, 'left'> | null;
  reason: Reason | null;
  rule: Rule | null;
}

/** For which conversations a job is. */
export type Chosen = { filter: Filters; shown: object } | { conversations: string[] } | { retry: string };

interface NewJob {
  job: string;
  inbox: string;
  event: object;
  chosen: Chosen;
}

/**
 * Makes a job, and writes down its conversations in the same statement: what comes or goes later does not change them. The job that
 * is there already is left as it is.
 * @returns how many conversations match, if they are more than {@link MOST_IN_BULK}; then there is no job
 */
export async function createBulk(
  db: AccountDatabase,
  { job, inbox, event, chosen }: NewJob,
): Promise<number> {
  const values = new Values();
  const source = sourceOf(chosen, { account: db.account, inbox }, values);
  const most = values.add(MOST_IN_BULK);
  const own = [values.add(job), values.add(db.account), values.add(inbox)];
  const [id, account, its] = own;
  const filter = 'shown' in chosen ? JSON.stringify(chosen.shown) : null;
  const [row] = await db.query<{ n: number }>({
    text: `WITH chosen AS MATERIALIZED (
             SELECT conversation, row_number() OVER () AS nth FROM (${source}) c LIMIT ${most}::int + 1
           ), counted AS (SELECT count(*)::int AS n FROM chosen), made AS (
             INSERT INTO bulk_jobs (job, account, inbox, event, filter, retry_of, count)
             SELECT ${id}, ${account}, ${its}, ${values.add(JSON.stringify(event))}::jsonb, ${values.add(filter)}::jsonb,
               ${values.add('retry' in chosen ? chosen.retry : null)}, n
             FROM counted WHERE n <= ${most}::int
             ON CONFLICT DO NOTHING RETURNING job
           ), items AS (
             INSERT INTO bulk_items (account, inbox, job, nth, conversation)
             SELECT ${account}, ${its}, made.job, chosen.nth, chosen.conversation FROM chosen, made
           )
           SELECT n FROM counted`,
    values: values.all,
    limitMs: LONG_MS,
  });
  return row?.n ?? 0;
}

function sourceOf(chosen: Chosen, whose: { account: string; inbox: string }, values: Values): string {
  if ('retry' in chosen) {
    const [account, inbox] = [values.add(whose.account), values.add(whose.inbox)];
    return `SELECT i.conversation FROM bulk_items i WHERE i.account = ${account} AND i.inbox = ${inbox}
              AND i.job = ${values.add(chosen.retry)} AND i.verdict = 'refused' ORDER BY i.nth`;
  }
  if ('conversations' in chosen)
    return `SELECT DISTINCT named.conversation FROM unnest(${values.add(chosen.conversations)}::text[]) AS named(conversation)`;
  const where = conditionsOf(chosen.filter, whose, values);
  return `SELECT k.conversation FROM ${keysOf(chosen.filter)} k WHERE ${where} ORDER BY k.conversation`;
}

export async function findBulk(db: AccountDatabase, inbox: string, job: string): Promise<BulkJob | null> {
  const [row] = await db.query<Omit<BulkJob, 'results'> & Omit<BulkJob['results'], 'left'>>({
    text: `SELECT j.job, j.inbox, j.event, j.filter, j.retry_of, j.state, j.count, j.created_at, j.ended_at,
             coalesce(r.applied, 0) AS applied, coalesce(r.ignored, 0) AS ignored, coalesce(r.refused, 0) AS refused
           FROM bulk_jobs j, LATERAL (
             SELECT count(*) FILTER (WHERE i.verdict = 'applied') AS applied, count(*) FILTER (WHERE i.verdict = 'ignored') AS ignored,
               count(*) FILTER (WHERE i.verdict = 'refused') AS refused FROM bulk_items i WHERE i.job = j.job AND i.account = j.account
           ) r
           WHERE j.account = $1 AND j.inbox = $2 AND j.job = $3`,
    values: [db.account, inbox, job],
    limitMs: LONG_MS,
  });
  if (!row) return null;
  const { applied, ignored, refused, ...of } = row;
  return { ...of, results: { applied, ignored, refused, left: of.count - applied - ignored - refused } };
}

/** Its conversations in order, those after `after`. */
export function listBulkItems(
  db: AccountDatabase,
  job: string,
  result: BulkResult | undefined,
  after: number,
  limit: number,
): Promise<(BulkItem & { nth: number })[]> {
  return db.query<BulkItem & { nth: number }>({
    text: `SELECT conversation, verdict, reason, rule, nth FROM bulk_items
           WHERE account = $1 AND job = $2 AND nth > $3 AND ($4::text IS NULL OR coalesce(verdict, 'left') = $4)
           ORDER BY nth LIMIT $5`,
    values: [db.account, job, after, result ?? null, limit],
  });
}

/** No more is sent; what was sent is still decided. A job that has ended stays as it is. */
export async function abortBulk(db: AccountDatabase, inbox: string, job: string): Promise<void> {
  await db.query({
    text: `UPDATE bulk_jobs SET state = 'aborting' WHERE account = $1 AND inbox = $2 AND job = $3 AND state = 'running'`,
    values: [db.account, inbox, job],
  });
}
