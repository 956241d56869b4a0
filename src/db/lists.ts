import { STATUSES } from '../domain/conversation';
import type { ConversationRecord } from '../domain/record';
import { shownColumns, toConversation } from './conversations';
import type { AccountDatabase } from './database';
import { conditionsOf, isSelective, stretchOf, Values, type Filters } from './filters';

/** Where a page ended. */
export interface Position {
  /** among those who wait for an answer, which come first when sorted so; or among the others, or all, by activity */
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
  const find = (part: Position['part'], rest: string, from: Position | null, most: number) =>
    part === 'waiting'
      ? byWaiting(db, inbox, filters, from, most)
      : byActivity(db, inbox, filters, rest, from, most);
  if (sort === '-last_activity_at') return find('activity', 'true', after, limit);
  const waiting = after?.part === 'activity' ? [] : await find('waiting', '', after, limit);
  if (waiting.length === limit) return waiting;
  const from = after?.part === 'activity' ? after : null;
  const others = await find('activity', 'c.waiting_since IS NULL', from, limit - waiting.length);
  return [...waiting, ...others];
}

async function byWaiting(
  db: AccountDatabase,
  inbox: string,
  filters: Filters,
  after: Position | null,
  limit: number,
): Promise<Listed[]> {
  const values = new Values();
  const where = [
    `c.account = ${values.add(db.account)} AND c.inbox = ${values.add(inbox)} AND c.waiting_since IS NOT NULL`,
    ...stretchOf(filters, values),
    ...conditionsOf(filters, values),
    ...(after ? [`(c.waiting_since, c.conversation) > (${position(after, values)})`] : []),
  ];
  const rows = await db.query<Row>({
    text: `SELECT ${shownColumns('c')}, ${microseconds('c.waiting_since')} AS position FROM conversations c
           WHERE ${where.join(' AND ')} ORDER BY c.waiting_since, c.conversation LIMIT ${values.add(limit)}`,
    values: values.all,
  });
  return rows.map((row) => listed(row, 'waiting'));
}

/**
 * Several statuses are read each from its own place in the index and merged: however rare one is among a million
 * others, a page costs a page.
 */
async function byActivity(
  db: AccountDatabase,
  inbox: string,
  filters: Filters,
  rest: string,
  after: Position | null,
  limit: number,
): Promise<Listed[]> {
  const values = new Values();
  const mine = `c.account = ${values.add(db.account)} AND c.inbox = ${values.add(inbox)}`;
  const statuses = values.add(filters.status ?? STATUSES);
  const archived = values.add(filters.archived === null ? [false, true] : [filters.archived]);
  const where = [
    mine,
    rest,
    ...conditionsOf(filters, values),
    ...(after ? [`(c.last_activity_at, c.conversation) < (${position(after, values)})`] : []),
  ].join(' AND ');
  const most = values.add(limit);
  const page = (from: string) =>
    `SELECT ${shownColumns('c')}, ${microseconds('c.last_activity_at')} AS position FROM ${from}
     ORDER BY c.last_activity_at DESC, c.conversation DESC LIMIT ${most}`;
  const text = isSelective(filters)
    ? page(
        `conversations c WHERE ${where} AND c.status = ANY (${statuses}) AND c.archived = ANY (${archived})`,
      )
    : `${page(`unnest(${statuses}::text[]) AS s(status), unnest(${archived}::boolean[]) AS a(archived), LATERAL (
         SELECT * FROM conversations c WHERE ${where} AND c.status = s.status AND c.archived = a.archived
         ORDER BY c.last_activity_at DESC, c.conversation DESC LIMIT ${most}) c`)}`;
  const rows = await db.query<Row>({ text, values: values.all });
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
