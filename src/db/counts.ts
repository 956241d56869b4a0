import { STATUSES, type Status } from '../domain/conversation';
import type { AccountDatabase } from './database';
import { conditionsOf, stretchOf, Values, type Filters } from './filters';

export interface Counts {
  total: number;
  unread: number;
  archived: number;
  snoozed: number;
  status: Record<Status, number>;
}

interface Row {
  status: Status;
  total: number;
  unread: number;
  archived: number;
  snoozed: number;
}

/** How many conversations the list would show with the same filters. */
export async function countConversations(
  db: AccountDatabase,
  inbox: string,
  filters: Filters,
): Promise<Counts> {
  const values = new Values();
  const where = [
    `c.account = ${values.add(db.account)} AND c.inbox = ${values.add(inbox)}`,
    ...stretchOf(filters, values),
    ...conditionsOf(filters, values),
  ];
  const rows = await db.query<Row>({
    text: `SELECT status, count(*) AS total, count(*) FILTER (WHERE unread) AS unread,
             count(*) FILTER (WHERE archived) AS archived, count(snoozed_until) AS snoozed
           FROM conversations c WHERE ${where.join(' AND ')} GROUP BY status`,
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
