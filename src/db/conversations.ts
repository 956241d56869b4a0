import type { ConversationRecord } from '../domain/record';
import type { AccountDatabase } from './database';

/** The columns of a conversation's row that are told to the outside, in the order they are shown. */
const SHOWN = [
  'conversation',
  'status',
  'version',
  'episode',
  'unread',
  'archived',
  'assignee',
  'tags',
  'flow',
  'survey',
  'snoozed_until',
  'waiting_since',
  'started_at',
  'first_reply_at',
  'last_customer_message_at',
  'last_agent_reply_at',
  'last_activity_at',
  'closed_at',
  'close',
  'archived_at',
  'next',
  'created_at',
  'updated_at',
] as const satisfies (keyof ConversationRecord)[];

export type ConversationRow = Omit<ConversationRecord, 'inbox'>;

export const shownColumns = (table: string) => SHOWN.map((column) => `${table}.${column}`).join(', ');

/**
 * The record as it is shown, from a row or from folded changes: `jsonb` keeps keys in an order of its own, and an answer given
 * again must not look different from the first.
 */
export function toConversation(inbox: string, row: ConversationRow): ConversationRecord {
  const shown = Object.fromEntries(SHOWN.map((column) => [column, row[column] ?? null]));
  const { survey, flow } = row;
  return {
    inbox,
    ...(shown as ConversationRow),
    flow: flow && {
      flow: flow.flow,
      execution: flow.execution,
      source: flow.source,
      has_priority: flow.has_priority,
      started_at: flow.started_at,
      expires_at: flow.expires_at,
      interrupted: flow.interrupted,
    },
    survey: survey && {
      survey: survey.survey,
      state: survey.state,
      agent: survey.agent,
      asked_at: survey.asked_at,
      expires_at: survey.expires_at,
      score: survey.score,
      comment: survey.comment,
      answered_at: survey.answered_at,
      late: survey.late,
    },
  };
}

/** One conversation, or null where nobody has heard of it. */
export async function findConversation(
  db: AccountDatabase,
  inbox: string,
  conversation: string,
): Promise<ConversationRecord | null> {
  const [row] = await db.query<ConversationRow>({
    name: 'find_conversation',
    text: `SELECT ${shownColumns('c')} FROM conversations c
           WHERE account = $1 AND inbox = $2 AND conversation = $3`,
    values: [db.account, inbox, conversation],
  });
  return row ? toConversation(inbox, row) : null;
}

export async function isKnown(db: AccountDatabase, inbox: string, conversation: string): Promise<boolean> {
  const rows = await db.query({
    name: 'is_known',
    text: 'SELECT FROM conversations WHERE account = $1 AND inbox = $2 AND conversation = $3',
    values: [db.account, inbox, conversation],
  });
  return rows.length > 0;
}
