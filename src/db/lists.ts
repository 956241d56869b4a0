import type { ConversationRecord } from '../domain/record';
import { shownColumns, toConversation } from './conversations';
import type { AccountDatabase } from './database';
import {
  conditionsOf,
  hasIndexOfItsOwn,
  keysOf,
  statusesIn,
  Values,
  waitsInWork,
  type Filters,
} from './filters';

/** Where a page ended. */
export interface Position {
  /**
   * which part the page ended in: conversations that have the time that is sorted by (they come first), or
   * the others, by activity
   */
  part: 'waiting' | 'window' | 'activity';
  /** in microseconds since 1970: PostgreSQL orders by them, and the times that are shown are coarser */
  at: number;
  conversation: string;
}

export const SORTS = ['-last_activity_at', 'waiting_since', 'window_closes_at'] as const;
export type Sort = (typeof SORTS)[number];

const PARTS = { waiting_since: 'waiting', window_closes_at: 'window' } as const;
type Time = keyof typeof PARTS;

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
 * A page of an inbox's conversations, by last activity, latest first. If another time is sorted by, those
 * that have it come first (waiting longest, or window closing soonest), and the others follow by last
 * activity.
 */
export async function listConversations(
  db: AccountDatabase,
  inbox: string,
  { filters, sort, after, limit }: ListQuery,
): Promise<Listed[]> {
  const whose = { account: db.account, inbox };
  if (sort === '-last_activity_at') return byActivity(db, whose, filters, null, after, limit);
  const first = after?.part === 'activity' ? [] : await byTime(db, whose, filters, sort, after, limit);
  if (first.length === limit) return first;
  const from = after?.part === 'activity' ? after : null;
  const others = await byActivity(db, whose, filters, sort, from, limit - first.length);
  return [...first, ...others];
}

type Whose = { account: string; inbox: string };

/** On any table of keys. */
const HAS: Record<Time, string> = {
  waiting_since: 'k.waiting',
  window_closes_at: '(k.window_closes_at IS NOT NULL)',
};

/** The conversation of a key `k`. The limit makes PostgreSQL look it up by its key, with any statistics. */
const ITS_ROW = `LATERAL (
  SELECT * FROM conversations c
  WHERE c.account = $1 AND c.inbox = $2 AND c.conversation = k.conversation LIMIT 1) c`;

async function byTime(
  db: AccountDatabase,
  whose: Whose,
  filters: Filters,
  time: Time,
  after: Position | null,
  limit: number,
): Promise<Listed[]> {
  const values = new Values();
  const where = conditionsOf(filters, whose, values);
  const from =
    filters.tag === undefined
      ? `(SELECT k.* FROM conversations k WHERE ${where} AND k.${time} IS NOT NULL) c`
      : `(SELECT k.conversation FROM conversation_tags k WHERE ${where} AND ${HAS[time]}) k, ${ITS_ROW}`;
  const rows = await db.query<Row>({
    text: `SELECT ${shownColumns('c')}, ${microseconds(`c.${time}`)} AS position FROM ${from}
           WHERE ${after ? `(c.${time}, c.conversation) > (${position(after, values)})` : 'true'}
           ORDER BY c.${time}, c.conversation LIMIT ${values.add(limit)}`,
    values: values.all,
  });
  return rows.map((row) => listed(row, PARTS[time]));
}

/**
 * Each status, archived or not, is read from its own stretch of the index and these are merged: however rare a status is
 * among a million others, a page costs a page. Only the page's own rows are then looked up.
 */
async function byActivity(
  db: AccountDatabase,
  whose: Whose,
  { status, archived, waiting_on, ...filters }: Filters,
  without: Time | null,
  after: Position | null,
  limit: number,
): Promise<Listed[]> {
  const values = new Values();
  const where = [
    conditionsOf(filters, whose, values),
    ...(hasIndexOfItsOwn(filters) ? [] : ['k.version >= 0']), // always true: it names conversations_by_status
    'k.status = s.status AND k.archived = a.archived',
    waitsInWork(waiting_on),
    ...(without === null ? [] : [`NOT ${HAS[without]}`]),
    ...(after ? [`(k.last_activity_at, k.conversation) < (${position(after, values)})`] : []),
  ].join(' AND ');
  const page = `ORDER BY k.last_activity_at DESC, k.conversation DESC LIMIT ${values.add(limit)}`;
  const rows = await db.query<Row>({
    text: `SELECT ${shownColumns('c')}, ${microseconds('c.last_activity_at')} AS position FROM (
             SELECT k.* FROM unnest(${values.add(statusesIn({ status, waiting_on }))}::text[]) AS s(status),
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
