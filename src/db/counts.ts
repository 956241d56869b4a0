import { STATUSES, WAITED_ON, type Status } from '../domain/conversation';
import type { AccountDatabase } from './database';
import { conditionsOf, keysOf, Values, type Filters } from './filters';

export interface Counts {
  total: number;
  unread: number;
  archived: number;
  snoozed: number;
  status: Record<Status, number>;
  waiting_on: Record<(typeof WAITED_ON)[number], number>;
}

type Row = Omit<Counts, 'status' | 'waiting_on'> & {
  status: Status;
  /** of total, those that wait for an answer */
  waiting: number;
};

/**
 * How many conversations the list would show with the same filters. From counters that every write of a conversation keeps
 * in its own commit; those with a tag are counted one by one in the tag's index. No counter knows whose window is open, for
 * nobody writes when it closes: these are counted one by one, too, and the others are the rest.
 */
export async function countConversations(
  db: AccountDatabase,
  inbox: string,
  filters: Filters,
): Promise<Counts> {
  if (filters.window === 'closed') {
    const { window: _, ...any } = filters;
    const open = await countConversations(db, inbox, { ...filters, window: 'open' });
    return less(await countConversations(db, inbox, any), open);
  }
  const values = new Values();
  const where = conditionsOf(filters, { account: db.account, inbox }, values);
  const [table, n] =
    filters.tag !== undefined || filters.window !== undefined
      ? [keysOf(filters), '1']
      : ['conversation_counts', 'k.n'];
  const rows = await db.query<Row>({
    text: `SELECT status, sum(${n}) AS total, coalesce(sum(${n}) FILTER (WHERE unread), 0) AS unread,
             coalesce(sum(${n}) FILTER (WHERE archived), 0) AS archived,
             coalesce(sum(${n}) FILTER (WHERE snoozed), 0) AS snoozed,
             coalesce(sum(${n}) FILTER (WHERE waiting), 0) AS waiting
           FROM ${table} k WHERE ${where} GROUP BY status`,
    values: values.all,
  });
  const sum = (field: 'total' | 'unread' | 'archived' | 'snoozed') =>
    rows.reduce((total, row) => total + row[field], 0);
  const of = (...statuses: Status[]) =>
    rows.filter((row) => statuses.includes(row.status)).reduce((total, row) => total + row.total, 0);
  const waiting = rows
    .filter(({ status }) => status === 'new' || status === 'in_progress')
    .reduce((total, row) => total + row.waiting, 0);
  return {
    total: sum('total'),
    unread: sum('unread'),
    archived: sum('archived'),
    snoozed: sum('snoozed'),
    status: each(STATUSES, (status) => of(status)),
    waiting_on: {
      agent: waiting,
      customer: of('new', 'in_progress') - waiting,
      bot: of('in_flow'),
      survey: of('resolved'),
      nobody: of('not_contacted', 'closed'),
    },
  };
}

function less(all: Counts, some: Counts): Counts {
  return {
    total: all.total - some.total,
    unread: all.unread - some.unread,
    archived: all.archived - some.archived,
    snoozed: all.snoozed - some.snoozed,
    status: each(STATUSES, (status) => all.status[status] - some.status[status]),
    waiting_on: each(WAITED_ON, (who) => all.waiting_on[who] - some.waiting_on[who]),
  };
}

const each = <T extends string>(names: readonly T[], count: (name: T) => number) =>
  Object.fromEntries(names.map((name) => [name, count(name)])) as Record<T, number>;
