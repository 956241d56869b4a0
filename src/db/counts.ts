import { STATUSES, type Status } from '../domain/conversation';
import type { AccountDatabase } from './database';

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

/** How many conversations an inbox has, archived ones included; from an index alone. */
export async function countConversations(db: AccountDatabase, inbox: string): Promise<Counts> {
  const rows = await db.query<Row>({
    text: `SELECT status, count(*) AS total, count(*) FILTER (WHERE unread) AS unread,
             count(*) FILTER (WHERE archived) AS archived, count(snoozed_until) AS snoozed
           FROM conversations WHERE account = $1 AND inbox = $2 GROUP BY status`,
    values: [db.account, inbox],
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
