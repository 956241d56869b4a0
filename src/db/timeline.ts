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

/** PostgreSQL's largest integer. */
export const FROM_THE_LAST = 2_147_483_647;

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
           WHERE account = $1 AND inbox = $2 AND conversation = $3 AND seq < $4
           ORDER BY seq DESC LIMIT $5`,
    values: [db.account, inbox, conversation, before ?? FROM_THE_LAST, limit],
  });
}
