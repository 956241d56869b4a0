import type { Pool } from 'pg';
import type { Reason, Rule } from '../domain/decision';
import type { ConversationRecord } from '../domain/record';
import { shownColumns, toConversation } from './conversations';
import type { Query } from './database';
import { rowTypes } from './rows';
import { PostgresUnavailableError } from './unavailable';

/** An event of one conversation, by the caller's id. */
export interface EventName {
  account: string;
  inbox: string;
  conversation: string;
  event: string;
}

/** A written decision: the event as it was sent, the verdict, and the conversation right after. */
export interface Decided {
  type: string;
  /** the event's own fields */
  data: Record<string, unknown>;
  verdict: 'applied' | 'ignored' | 'refused';
  reason: Reason | null;
  rule: Rule | null;
  conversation: ConversationRecord;
}

/** A decision, and when it was made. */
export type Recalled = Pick<Decided, 'verdict' | 'reason' | 'rule' | 'conversation'> & { at: string };

interface RecalledRow extends Omit<Recalled, 'conversation'> {
  /** null if its timeline is gone */
  record: ConversationRecord | null;
}

export interface FoundRow extends Omit<Decided, 'conversation'>, Omit<ConversationRecord, 'conversation'> {
  nth: number;
  /** null if more was decided since: the row has moved on */
  conversation: string | null;
}

export const FIND = `
SELECT q.nth::int, t.type, t.data, t.verdict, t.reason, t.rule, ${shownColumns('c')}
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) WITH ORDINALITY
  AS q(account, inbox, conversation, event, nth)
CROSS JOIN LATERAL (
  SELECT * FROM timeline t
  WHERE (t.account, t.inbox, t.conversation, t.event) = (q.account, q.inbox, q.conversation, q.event) LIMIT 1
) t
LEFT JOIN LATERAL (
  SELECT * FROM conversations c
  WHERE (c.account, c.inbox, c.conversation) = (q.account, q.inbox, q.conversation) AND c.seq = t.seq LIMIT 1
) c ON true`;

/** The later of equal keys counts: all changes, applied in order, give the record as it was. */
const RECALL = `
SELECT d.at, d.verdict, d.reason, d.rule, (
  SELECT jsonb_object_agg(change.key, change.value ORDER BY t.seq)
  FROM timeline t, jsonb_each(t.changes) change
  WHERE (t.account, t.inbox, t.conversation) = (d.account, d.inbox, d.conversation) AND t.seq <= d.seq
) AS record
FROM timeline d WHERE d.account = $1 AND d.inbox = $2 AND d.conversation = $3 AND d.event = $4`;

/** One event's decision, by itself. */
export async function recallDecision(pool: Pool, name: EventName): Promise<Recalled | null> {
  const statement = { ...recallStatement(name), types: rowTypes };
  const [row] = (await pool.query<RecalledRow>(statement)).rows;
  if (!row?.record) return null;
  const { record, ...decision } = row;
  return { ...decision, conversation: toConversation(record) };
}

function recallStatement({ account, inbox, conversation, event }: EventName) {
  return { name: 'recall_decision', text: RECALL, values: [account, inbox, conversation, event] };
}

/**
 * The row of each event's decision, in the order asked; null if there is none. @throws what `query` throws
 */
export async function findDecisions(query: Query, names: readonly EventName[]): Promise<(FoundRow | null)[]> {
  const column = (field: keyof EventName) => names.map((name) => name[field]);
  const values = [column('account'), column('inbox'), column('conversation'), column('event')];
  const rows = await query<FoundRow>({ name: 'find_decisions', text: FIND, values });
  const found = new Map(rows.map((row) => [row.nth, row]));
  return names.map((_, i) => found.get(i + 1) ?? null);
}

/** The decision of a row, with the conversation right after it. @throws what `query` throws */
export async function toDecided(query: Query, name: EventName, row: FoundRow): Promise<Decided> {
  const { type, data, verdict, reason, rule, conversation } = row;
  const record = conversation === null ? await asItWas(query, name) : { ...row, conversation };
  return { type, data, verdict, reason, rule, conversation: toConversation(record) };
}

async function asItWas(query: Query, name: EventName): Promise<ConversationRecord> {
  const [row] = await query<RecalledRow>(recallStatement(name));
  if (!row?.record) throw new PostgresUnavailableError('its timeline went away while it was read');
  return row.record;
}
