/** Rows that the rules' first edition wrote read as if the second had written them. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Pool } from 'pg';
import { toConversation } from '../../src/db/conversations';
import { loadConversations } from '../../src/db/writes';
import { notContacted, type Conversation } from '../../src/domain/conversation';
import { decide } from '../../src/domain/decide';
import type { AnyEvent } from '../../src/domain/events';
import { fromRecord, toRecord } from '../../src/domain/record';
import { DEFAULT_SETTINGS, type Settings } from '../../src/domain/settings';
import { createEmptyDatabase, type TestDatabase } from '../support/servers';

const migrations = path.join(__dirname, '../../src/db/migrations');

interface Written {
  conversation: string;
  happened: { at: number; event: AnyEvent }[];
  row: object;
  steps: { entry: object; episode: object | null; surveys: object[] }[];
}
const first = JSON.parse(readFileSync(path.join(__dirname, '../fixtures/first-edition.json'), 'utf8')) as {
  now: number;
  settings: Settings;
  conversations: Written[];
};

let database: TestDatabase;

beforeAll(async () => {
  database = await createEmptyDatabase();
  await database.pool.query('CREATE TABLE migrations (id integer, name text, run_on timestamp)');
  const all = readdirSync(migrations).sort();
  const second = all.findIndex((file) => file.includes('second_edition'));
  await migrate(all.slice(0, second));
  await write(database.pool);
  await migrate(all.slice(second));
});
afterAll(() => database.drop());

async function migrate(files: string[]): Promise<void> {
  for (const file of files) await database.pool.query(readFileSync(path.join(migrations, file), 'utf8'));
}

async function write(pool: Pool): Promise<void> {
  const inboxes = 'INSERT INTO inboxes (account, inbox, settings) VALUES ($1, $2, $3)';
  await pool.query(inboxes, ['a', 'support', JSON.stringify(first.settings)]);
  await pool.query(inboxes, ['a', 'bare', '{}']);
  for (const { conversation, row, steps } of first.conversations) {
    const key = { account: 'a', inbox: 'support', conversation };
    const insert = async (table: string, rows: object[]) => {
      const columns = Object.keys({ ...rows[0], ...key })
        .map((name) => `"${name}"`)
        .join(', ');
      await pool.query(
        `INSERT INTO ${table} (${columns}) SELECT ${columns} FROM json_populate_recordset(NULL::${table}, $1::json)
         ON CONFLICT DO NOTHING`,
        [JSON.stringify(rows.map((r) => ({ ...r, ...key })))],
      );
    };
    await insert('conversations', [row]);
    await insert(
      'timeline',
      steps.map((s) => s.entry),
    );
    const newestFirst = [...steps].reverse();
    await insert(
      'episodes',
      newestFirst.flatMap((s) => s.episode ?? []),
    );
    await insert(
      'surveys',
      newestFirst.flatMap((s) => s.surveys),
    );
  }
}

/** The same life, lived by today's rules under the settings that the inbox has now. */
function lived({ conversation, happened }: Written, settings: Settings): Conversation {
  return happened.reduce<Conversation>(
    (state, { event, at }) => decide(state, event, settings, at).state,
    notContacted(conversation, first.now),
  );
}

const keyOf = ({ conversation }: Written) => ({ account: 'a', inbox: 'support', conversation });

test.each(first.conversations.map((c) => [c.conversation, c] as const))(
  'the row of %s',
  async (_, written) => {
    const [loaded] = await loadConversations(database.pool, [keyOf(written)]);
    if (!loaded?.row) throw new Error('no row');

    expect(fromRecord(loaded.row)).toEqual(lived(written, loaded.settings));
  },
);

test.each(first.conversations.map((c) => [c.conversation, c] as const))(
  'the timeline of %s, folded, is its record',
  async (conversation, written) => {
    const { rows } = await database.pool.query<{ record: ReturnType<typeof toRecord> }>(
      `SELECT jsonb_object_agg(change.key, change.value ORDER BY t.seq) AS record
       FROM timeline t, jsonb_each(t.changes) change WHERE conversation = $1`,
      [conversation],
    );
    const [loaded] = await loadConversations(database.pool, [keyOf(written)]);
    if (!rows[0] || !loaded) throw new Error('no timeline');

    expect(toConversation(rows[0].record)).toEqual(toRecord('support', lived(written, loaded.settings)));
  },
);

test('an episode knows what began it', async () => {
  const { rows } = await database.pool.query<{ conversation: string; by: string }>(
    `SELECT conversation, string_agg(opened_by, ' ' ORDER BY episode) AS by FROM episodes GROUP BY 1 ORDER BY 1`,
  );
  const by = Object.fromEntries(rows.map((r) => [r.conversation, r.by]));

  expect(by).toMatchObject({
    'third-episode-by-flow': 'message agent_reply broadcast',
    'closed-by-flow': 'flow flow',
    'second-episode': 'agent_reply message',
  });
});

test('an inbox keeps the basis it was made under, and has the new settings at their defaults', async () => {
  const { rows } = await database.pool.query<{ inbox: string; settings: Settings }>(
    'SELECT inbox, settings FROM inboxes ORDER BY inbox',
  );

  const { csat, auto_close, ...others } = DEFAULT_SETTINGS;
  const [bare, support] = rows.map((r) => r.settings);
  expect(bare?.auto_close).toEqual({ basis: 'last_activity' });
  expect(support).toEqual({
    ...others,
    csat: { ...csat, enabled: true },
    auto_close: { ...auto_close, after_seconds: 604_800, basis: 'last_activity' },
  });
});

test('a survey may have failed', async () => {
  await database.pool.query(
    `UPDATE surveys SET state = 'failed', failure = '131026' WHERE conversation = 'resolved'`,
  );
});

test('the counts and the tags are those of the rows', async () => {
  const { rows } = await database.pool.query(
    `SELECT status, sum(n)::int AS n FROM conversation_counts GROUP BY 1
     EXCEPT SELECT status, count(*)::int FROM conversations GROUP BY 1`,
  );
  const tags = await database.pool.query('SELECT conversation, tag FROM conversation_tags');

  expect(rows).toEqual([]);
  expect(tags.rows).toEqual([{ conversation: 'answered', tag: 'vip' }]);
});
