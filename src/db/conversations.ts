import { notContacted } from '../domain/conversation';
import { toRecord, type ConversationRecord } from '../domain/record';
import type { FlowRecord } from '../domain/record-schema';
import { columnsOf, FLOW, RECORD, SURVEY } from './columns';
import type { AccountDatabase } from './database';

export const shownColumns = (table: string) => columnsOf(table, RECORD);

/** The values of fields that older records lack. */
const BEFORE = toRecord('', notContacted('', 0));

/**
 * The record as it is shown, from a row or from folded changes: `jsonb` keeps keys in an order of its own, and an answer given
 * again must not look different from the first.
 */
export function toConversation(row: ConversationRecord): ConversationRecord {
  const shown = inOrder(RECORD, row, BEFORE);
  shown.flow = row.flow && inOrder(FLOW, row.flow, flowBefore(row.flow));
  shown.survey = row.survey && inOrder(SURVEY, row.survey);
  return shown;
}

/** The values of fields that an older flow's record lacks. */
const flowBefore = ({ started_at }: FlowRecord) => ({
  last_activity_at: started_at,
  assigned: false,
  customer_wrote: false,
});

/** A page has some thousand fields, so it is made without objects in between that would have to be collected. */
function inOrder<T extends object>(fields: (keyof T)[], value: T, lacking?: Partial<T>): T {
  const shown: Record<PropertyKey, unknown> = {};
  for (const field of fields) {
    const own = value[field] as unknown;
    shown[field] = (own === undefined ? lacking?.[field] : own) ?? null;
  }
  return shown as T;
}

/** One conversation, or null if it does not exist. */
export async function findConversation(
  db: AccountDatabase,
  inbox: string,
  conversation: string,
): Promise<ConversationRecord | null> {
  const [row] = await db.query<ConversationRecord>({
    name: 'find_conversation',
    text: `SELECT ${shownColumns('c')} FROM conversations c
           WHERE account = $1 AND inbox = $2 AND conversation = $3`,
    values: [db.account, inbox, conversation],
  });
  return row ? toConversation(row) : null;
}

export async function isKnown(db: AccountDatabase, inbox: string, conversation: string): Promise<boolean> {
  const rows = await db.query({
    name: 'is_known',
    text: 'SELECT FROM conversations WHERE account = $1 AND inbox = $2 AND conversation = $3',
    values: [db.account, inbox, conversation],
  });
  return rows.length > 0;
}
