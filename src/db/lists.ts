import { STATUSES } from '../domain/conversation';
import type { ConversationRecord } from '../domain/record';
import { shownColumns, toConversation } from './conversations';
import type { AccountDatabase } from './database';
import { conditionsOf, hasIndexOfItsOwn, keysOf, Values, type Filters } from './filters';

/** Where a page ended. */
export interface Position {
  /**
   * among those that wait for an answer, which come first in that order; or among the others, or all, by
   * activity
   */
  part: 'waiting' | 'activity';
  /** in microseconds since 1970: PostgreSQL orders by them, and the times that are shown are coarser */
  at: number;
  conversation: string;
}

export type Sort = '-last_activity_at' | 'waiting_since';

export interface ListQuery {
  filters: Filters;
  sort: Sort;
  after: Position | null;
  limit: number;
}

export interface Listed {
  conversation: ConversationRecord;
  position: Position;
}

type Row = ConversationRecord & { position: number };

const microseconds = (column: string) => `(extract(epoch FROM ${column}) * 1000000)::bigint`;

/**
 * A page of an inbox's conversations: by last activity, latest first; or first those who wait for an answer, longest first,
 * and after them the others by last activity.
 */
export async function listConversations(
  db: AccountDatabase,
  inbox: string,
  { filters, sort, after, limit }: ListQuery,
): Promise<Listed[]> {
  const whose = { account: db.account, inbox };
  if (sort === '-last_activity_at') return byActivity(db, whose, filters, 'all', after, limit);
  const waiting = after?.part === 'activity' ? [] : await byWaiting(db, whose, filters, after, limit);
  if (waiting.length === limit) return waiting;
  const from = after?.part === 'activity' ? after : null;
  const others = await byActivity(db, whose, filters, 'not waiting', from, limit - waiting.length);
  return [...waiting, ...others];
}

type Whose = { account: string; inbox: string };

/** The conversation of a key `k`, found by its key whatever PostgreSQL expects of the table: hence the limit. */
const ITS_ROW = `LATERAL (
  SELECT * FROM conversations c
  WHERE c.account = $1 AND c.inbox = $2 AND c.conversation = k.conversation LIMIT 1) c`;

async function byWaiting(
  db: AccountDatabase,
  whose: Whose,
  filters: Filters,
  after: Position | null,
  limit: number,
): Promise<Listed[]> {
  const values = new Values();
  const where = conditionsOf(filters, whose, values);
  const from =
    filters.tag === undefined
      ? `(SELECT k.* FROM conversations k WHERE ${where} AND k.waiting_since IS NOT NULL) c`
      : `(SELECT k.conversation FROM conversation_tags k WHERE ${where} AND k.waiting) k, ${ITS_ROW}`;
  const rows = await db.query<Row>({
    text: `SELECT ${shownColumns('c')}, ${microseconds('c.waiting_since')} AS position FROM ${from}
           WHERE ${after ? `(c.waiting_since, c.conversation) > (${position(after, values)})` : 'true'}
           ORDER BY c.waiting_since, c.conversation LIMIT ${values.add(limit)}`,
    values: values.all,
  });
  return rows.map((row) => listed(row, 'waiting'));
}

/**
 * Each status, archived or not, is read from its own stretch of the index and these are merged: however rare a status is
 * among a million others, a page costs a page. Only the page's own rows are then looked up.
 */
async function byActivity(
  db: AccountDatabase,
  whose: Whose,
  { status, archived, ...filters }: Filters,
  which: 'all' | 'not waiting',
  after: Position | null,
  limit: number,
): Promise<Listed[]> {
  const values = new Values();
  const where = [
    conditionsOf(filters, whose, values),
    ...(hasIndexOfItsOwn(filters) ? [] : ['k.version >= 0']), // always true: it names conversations_by_status
    'k.status = s.status AND k.archived = a.archived',
    ...(which === 'all' ? [] : ['NOT k.waiting']),
    ...(after ? [`(k.last_activity_at, k.conversation) < (${position(after, values)})`] : []),
  ].join(' AND ');
  const page = `ORDER BY k.last_activity_at DESC, k.conversation DESC LIMIT ${values.add(limit)}`;
  const rows = await db.query<Row>({
    text: `SELECT ${shownColumns('c')}, ${microseconds('c.last_activity_at')} AS position FROM (
             SELECT k.* FROM unnest(${values.add(status ?? STATUSES)}::text[]) AS s(status),
               unnest(${values.add(archived === null ? [false, true] : [archived])}::boolean[]) AS a(archived),
               LATERAL (SELECT k.last_activity_at, k.conversation FROM ${keysOf(filters)} k WHERE ${where} ${page}) k
             ${page}
           ) k, ${ITS_ROW}
           ORDER BY c.last_activity_at DESC, c.conversation DESC`,
    values: values.all,
  });
  return rows.map((row) => listed(row, 'activity'));
}

function position({ at, conversation }: Position, values: Values): string {
  return `timestamptz 'epoch' + ${values.add(at)}::float8 * interval '1 microsecond', ${values.add(conversation)}`;
}

function listed(row: Row, part: Position['part']): Listed {
  const { conversation } = row;
  return {
    conversation: toConversation(row),
    position: { part, at: row.position, conversation },
  };
}
