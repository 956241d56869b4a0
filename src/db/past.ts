/** An inbox's past, and its conversations as they are, as a what-if reads them: in pages of JSON text. */
import type { Status } from '../domain/conversation';
import { settingsSchema, type Settings } from '../domain/settings';
import { COLUMNS, columnsOf } from './columns';
import type { AccountDatabase } from './database';
import type { InboxRecord } from './inboxes';
import { LONG_MS } from './pool';

/** Which conversations: those in which something was decided since `from`, and those at rest that may have a timer. */
export interface PastQuery {
  inbox: string;
  /** null: all as they are now */
  range: { from: string; to: string } | null;
  /** the statuses of those at rest */
  resting: readonly Status[];
}

const ENTRIES = 10_000;
const KEYS = 1_000;

/** $4: the end of the range */
const MINE = 'c.account = $1 AND c.inbox = $2 AND c.seq > 0 AND c.created_at < $4';
/** $3: its beginning. What changed nothing did not touch the row. */
const CHANGED = 'c.updated_at >= $3';
const DECIDED = `(${CHANGED} OR EXISTS (SELECT FROM timeline t
  WHERE t.account = $1 AND t.inbox = $2 AND t.conversation = c.conversation AND t.seq = c.seq AND t.at >= $3))`;
/** $5: statuses. One that somebody unarchived by hand is not archived again. */
const HAS_TIMER = `(c.status = ANY ($5::text[]) AND NOT (c.status = 'closed' AND (c.archived OR c.kept_unarchived)))`;

/** Of the present nothing is later than `to`, and everything is at rest. */
const valuesOf = (db: AccountDatabase, { inbox, range, resting }: PastQuery) => {
  const { from, to } = range ?? { from: 'infinity', to: 'infinity' };
  return [db.account, inbox, from, to, resting];
};

/** About how many there are to look at: not those in which something was decided and nothing changed. */
export async function countPast(db: AccountDatabase, query: PastQuery): Promise<number> {
  const [row] = await db.query<{ n: number }>({
    text: `SELECT count(*) AS n FROM conversations c WHERE ${MINE} AND (${CHANGED} OR ${HAS_TIMER})`,
    values: valuesOf(db, query),
    limitMs: LONG_MS,
  });
  return row?.n ?? 0;
}

interface Key {
  conversation: string;
  /** number of entries in its timeline */
  seq: number;
  /** null: something was decided since the range began */
  row: string | null;
}

/**
 * All of it, conversation by conversation: of each its entries from the first one up to `to`, or its row, if it rested. A page has
 * at most {@link ENTRIES} entries; a conversation with more goes on in the next one.
 */
export async function* readPast(db: AccountDatabase, query: PastQuery): AsyncGenerator<string> {
  for (let after = ''; ;) {
    const keys = await keysAfter(db, query, after);
    const rested = keys.flatMap(({ conversation, row }) =>
      row === null ? [] : [`["${conversation}",${row}]`],
    );
    if (rested.length > 0) yield `[${rested.join(',')}]`;
    for (const stretches of batchesOf(keys)) {
      const page = await entriesOf(db, query, stretches);
      if (page !== null) yield `[${page}]`;
    }
    const last = keys.at(-1);
    if (!last || keys.length < KEYS) return;
    after = last.conversation;
  }
}

function keysAfter(db: AccountDatabase, query: PastQuery, after: string): Promise<Key[]> {
  return db.query<Key>({
    text: `SELECT c.conversation, c.seq, CASE WHEN NOT d.decided THEN (
             SELECT to_jsonb(r)::text FROM (SELECT ${columnsOf('c', COLUMNS)}) r) END AS row
           FROM conversations c, LATERAL (SELECT ${query.range ? DECIDED : '$3::timestamptz IS NULL'} AS decided OFFSET 0) d
           WHERE ${MINE} AND c.conversation > $6 AND (d.decided OR ${HAS_TIMER}) ORDER BY c.conversation LIMIT $7`,
    values: [...valuesOf(db, query), after, KEYS],
    limitMs: LONG_MS,
  });
}

/** A part of a conversation's timeline, by numbers. */
interface Stretch {
  conversation: string;
  first: number;
  last: number;
}

function* batchesOf(keys: readonly Key[]): Generator<Stretch[]> {
  let batch: Stretch[] = [];
  let room = ENTRIES;
  for (const { conversation, seq, row } of keys) {
    for (let first = 1; row === null && first <= seq;) {
      const last = Math.min(seq, first + room - 1);
      batch.push({ conversation, first, last });
      room -= last - first + 1;
      first = last + 1;
      if (room > 0) continue;
      yield batch;
      batch = [];
      room = ENTRIES;
    }
  }
  if (batch.length > 0) yield batch;
}

/** In the order of `PastEntry` in src/what-if/past-event.ts. An import, and the first entry that is kept, has the whole record. */
const ENTRY = `concat('[', t.seq, ',', (extract(epoch FROM t.at) * 1000)::bigint, ',"', t.type, '","', t.verdict, '","', t."to", '",',
  t.version, ',', t.settings_version, ',', t.data, ',', CASE WHEN t.changes ? 'created_at' AND (t.seq > 1 OR t.type = 'imported') THEN t.changes ELSE 'null' END, ']')`;

async function entriesOf(
  db: AccountDatabase,
  query: PastQuery,
  stretches: Stretch[],
): Promise<string | null> {
  const column = (field: keyof Stretch) => stretches.map((stretch) => stretch[field]);
  const [found] = await db.query<{ page: string | null }>({
    name: 'past_entries',
    text: `SELECT string_agg(concat('["', k.conversation, '",[', e.entries, ']]'), ',' ORDER BY k.nth) AS page
           FROM unnest($4::text[], $5::int[], $6::int[]) WITH ORDINALITY AS k(conversation, first, last, nth), LATERAL (
             SELECT string_agg(${ENTRY}, ',' ORDER BY t.seq) AS entries FROM timeline t
             WHERE t.account = $1 AND t.inbox = $2 AND t.conversation = k.conversation
               AND t.seq BETWEEN k.first AND k.last AND t.at < $3
           ) e WHERE e.entries IS NOT NULL`,
    values: [
      ...[db.account, query.inbox, query.range?.to ?? 'infinity'],
      ...[column('conversation'), column('first'), column('last')],
    ],
    limitMs: LONG_MS,
  });
  return found?.page ?? null;
}

/**
 * The settings of an inbox by their versions, as far back as the audit tells. Each change there has the parts that differed, as
 * they were before it.
 */
export async function settingsByVersion(
  db: AccountDatabase,
  { inbox, settings, settings_version }: InboxRecord,
): Promise<Map<number, Settings>> {
  const changes = await db.query<{ before: object | null }>({
    text: `SELECT changes -> 'settings' -> 'from' AS before FROM audit
           WHERE account = $1 AND object = $2 AND action = 'inbox.changed' AND changes ? 'settings'
             AND changes ? 'settings' AND id > coalesce((SELECT max(id) FROM audit
               WHERE account = $1 AND object = $2 AND action IN ('inbox.created', 'inbox.deleted')), 0)
           ORDER BY id DESC LIMIT 1000`,
    values: [db.account, inbox],
    limitMs: LONG_MS,
  });
  const known = new Map([[settings_version, settings]]);
  let [version, current] = [settings_version, settings];
  for (const { before } of changes) {
    const parsed = settingsSchema.safeParse({ ...current, ...before });
    if (!parsed.success) break;
    version -= 1;
    current = parsed.data;
    known.set(version, current);
  }
  return known;
}
