import { STATUSES, type Status } from '../domain/conversation';
import type { AccountDatabase } from './database';
import { conditionsOf, Values, type Filters } from './filters';

export interface Counts {
  total: number;
  unread: number;
  archived: number;
  snoozed: number;
  status: Record<Status, number>;
}

type Row = Omit<Counts, 'status'> & { status: Status };

/**
 * How many conversations the list would show with the same filters. From counters that every write of a conversation keeps
 * in its own commit; those with a tag are counted one by one in the tag's index.
 */
export async function countConversations(
  db: AccountDatabase,
  inbox: string,
  filters: Filters,
): Promise<Counts> {
  const values = new Values();
  const where = conditionsOf(filters, { account: db.account, inbox }, values);
  const [table, n] = filters.tag === undefined ? ['conversation_counts', 'k.n'] : ['conversation_tags', '1'];
  const rows = await db.query<Row>({
    text: `SELECT status, sum(${n}) AS total, coalesce(sum(${n}) FILTER (WHERE unread), 0) AS unread,
             coalesce(sum(${n}) FILTER (WHERE archived), 0) AS archived,
             coalesce(sum(${n}) FILTER (WHERE snoozed), 0) AS snoozed
           FROM ${table} k WHERE ${where} GROUP BY status`,
    values: values.all,
  });
  const sum = (field: 'total' | 'unread' | 'archived' | 'snoozed') =>
    rows.reduce((total, row) => total + row[field], 0);
  const byStatus = new Map(rows.map((row) => [row.status, row.total]));
  return {
    total: sum('total'),
    unread: sum('unread'),
    archived: sum('archived'),
    snoozed: sum('snoozed'),
    status: Object.fromEntries(
      STATUSES.map((status) => [status, byStatus.get(status) ?? 0]),
    ) as Counts['status'],
  };
}
