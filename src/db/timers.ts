import type { Timer } from '../domain/conversation';
import type { AccountDatabase } from './database';
import { LONG_MS } from './pool';

/** A timer, and when it is due or was. */
export interface DueTimer {
  inbox: string;
  conversation: string;
  timer: Timer;
  due_at: string;
}

export interface Overdue {
  n: number;
  /** those that have waited longest, at most so many as were asked for */
  items: DueTimer[];
}

/** Timers that were due before that moment and have not acted. @param inbox null: of all inboxes */
export async function overdueTimers(
  db: AccountDatabase,
  inbox: string | null,
  before: Date,
  most: number,
): Promise<Overdue> {
  const rows = await db.query<DueTimer & { n: number }>({
    text: `SELECT inbox, conversation, timer, due_at, count(*) OVER () AS n FROM due_timers($1, '', $2)
           ORDER BY due_at, inbox, conversation LIMIT $3`,
    values: [inbox, before.toISOString(), most],
    limitMs: LONG_MS,
  });
  return { n: rows[0]?.n ?? 0, items: rows.map(({ n: _, ...timer }) => timer) };
}

/** How many timers of a kind are due in a part of a stretch of time, the parts counted from 0. */
export interface DuePart {
  part: number;
  timer: Timer;
  n: number;
}

/** Those that are due from `from` on, in parts that are counted from `since`. */
export function timersByPart(
  db: AccountDatabase,
  inbox: string,
  { from, since, to, seconds }: { from: Date; since: Date; to: Date; seconds: number },
): Promise<DuePart[]> {
  return db.query<DuePart & Record<string, unknown>>({
    text: `SELECT floor(extract(epoch FROM due_at::timestamptz - $4::timestamptz) / $5)::int AS part, timer, count(*) AS n
           FROM due_timers($1, $2, $3) GROUP BY 1, 2`,
    values: [inbox, from.toISOString(), to.toISOString(), since.toISOString(), seconds],
    limitMs: LONG_MS,
  });
}

export async function countDue(db: AccountDatabase, inbox: string, from: Date, to: Date): Promise<number> {
  const [row] = await db.query<{ n: number }>({
    text: 'SELECT count(*) AS n FROM due_timers($1, $2, $3)',
    values: [inbox, from.toISOString(), to.toISOString()],
    limitMs: LONG_MS,
  });
  return row?.n ?? 0;
}
