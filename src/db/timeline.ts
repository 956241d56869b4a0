import type { Status } from '../domain/conversation';
import type { AccountDatabase } from './database';

/** One decision, as it is shown. */
export interface TimelineEntry {
  seq: number;
  at: string;
  version: number;
  event: string;
  type: string;
  verdict: 'applied' | 'ignored' | 'refused';
  reason: string | null;
  rule: string | null;
  from: Status;
  to: Status;
  data: Record<string, unknown>;
}

/** Newest first, those before `before` (null: from the last). */
export function readTimeline(
  db: AccountDatabase,
  inbox: string,
  conversation: string,
  before: number | null,
  limit: number,
): Promise<TimelineEntry[]> {
  return db.query<TimelineEntry>({
    name: 'read_timeline',
    text: `SELECT seq, at, version, event, type, verdict, reason, rule, "from", "to", data FROM timeline
           WHERE account = $1 AND inbox = $2 AND conversation = $3 AND seq < coalesce($4, 2147483647)
           ORDER BY seq DESC LIMIT $5`,
    values: [db.account, inbox, conversation, before, limit],
  });
}
