/** The indexes serve the reads: shown on 100,000 conversations, so that a plan that reads too much is seen. */
import { audiencePage, statusesOf } from '../../src/db/broadcasts';
import { findConversation } from '../../src/db/conversations';
import { countConversations } from '../../src/db/counts';
import type { AccountDatabase, Query } from '../../src/db/database';
import type { Filters } from '../../src/db/filters';
import { listConversations, type Position, type Sort } from '../../src/db/lists';
import { rowTypes, type Statement } from '../../src/db/rows';
import { readTimeline } from '../../src/db/timeline';
import { createDatabase, type TestDatabase } from '../support/servers';
import { eventually } from '../workflows/support/eventually';

interface Plan {
  'Node Type': string;
  'Index Name'?: string;
  'Relation Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  'Heap Fetches'?: number;
  Plans?: Plan[];
}

let database: TestDatabase;
/** of the last statement */
let plan: Plan[];
let db: AccountDatabase;

beforeAll(async () => {
  database = await createDatabase();
  const { pool } = database;
  await pool.query(
    `INSERT INTO inboxes (account, inbox, settings) VALUES ('a', 'big', '{}'), ('a', 'small', '{}')`,
  );
  await pool.query('ALTER TABLE conversations SET (autovacuum_enabled = off)');
  await pool.query(SEED);
  await pool.query(`INSERT INTO timeline (account, inbox, conversation, seq, at, version, settings_version, event, type,
      verdict, "from", "to", data)
    SELECT 'a', 'big', 'c_' || (i % 10), i / 10 + 1, now(), 1, 1, 'e' || i, 'message', 'applied', 'new', 'new', '{}'
    FROM generate_series(0, 9999) i`);
  await eventually('all rows are known to be visible', async () => {
    await pool.query('VACUUM ANALYZE'); // whatever looks at the table meanwhile keeps it from doing all of it
    const { rows } = await pool.query<{ done: boolean }>(
      `SELECT relallvisible >= relpages AS done FROM pg_class WHERE relname = 'conversations'`,
    );
    return rows[0]?.done;
  });
  const query: Query = async <R extends object>({ text, values = [] }: Statement) => {
    const explained = await pool.query<{ 'QUERY PLAN': { Plan: Plan }[] }>(
      `EXPLAIN (ANALYZE, FORMAT JSON) ${text}`,
      [...values],
    );
    plan = nodes(explained.rows[0]?.['QUERY PLAN'][0]?.Plan);
    return (await pool.query<R>({ text, values: [...values], types: rowTypes })).rows;
  };
  db = { account: 'a', query, transaction: (work) => work(query) };
});
afterAll(() => database.drop());

/** 1 % each are new, in progress, in a flow and resolved; of the 70 % closed most are archived. */
const SEED = `
INSERT INTO conversations (account, inbox, conversation, status, unread, archived, assignee, tags, flow, snoozed_until,
  waiting_since, last_activity_at, closed_at, close)
SELECT 'a', 'big', 'c_' || i, s, s = 'new', s = 'closed' AND i % 10 < 8,
  jsonb_build_object('team', CASE WHEN i % 7 = 0 THEN 'team' || i % 20 END, 'agent', CASE WHEN i % 3 = 0 THEN 'ag' || i % 50 END),
  CASE WHEN i % 20 = 9 THEN jsonb_build_array(jsonb_build_object('name', 'tag' || i % 1000, 'locked', false)) ELSE '[]' END,
  CASE WHEN s = 'in_flow' THEN '{}'::jsonb END, CASE WHEN s = 'in_progress' AND i % 11 = 0 THEN now() END,
  CASE WHEN s IN ('new', 'in_progress') AND i % 2 = 0 THEN now() - i * interval '1 second' END,
  now() - i * interval '1 second', CASE WHEN s = 'closed' THEN now() END,
  CASE WHEN s IN ('closed', 'resolved') THEN '{}'::jsonb END
FROM (SELECT i, CASE i % 100 WHEN 0 THEN 'new' WHEN 1 THEN 'in_progress' WHEN 2 THEN 'in_flow' WHEN 3 THEN 'resolved'
        ELSE CASE WHEN i % 100 < 30 THEN 'not_contacted' ELSE 'closed' END END AS s
      FROM generate_series(1, 100000) i) seed`;

function nodes(root: Plan | undefined): Plan[] {
  return root ? [root, ...(root.Plans ?? []).flatMap(nodes)] : [];
}

/** An inbox's own row may be found however it likes. */
const kinds = () =>
  plan.filter((node) => node['Relation Name'] !== 'inboxes').map((node) => node['Node Type']);
const indexes = () => plan.flatMap((node) => node['Index Name'] ?? []);
/** Rows that were looked at in the table or an index. */
const looked = () =>
  plan
    .filter((node) => node['Relation Name'] === 'conversations' || node['Relation Name'] === 'timeline')
    .reduce((sum, n) => sum + (n['Actual Rows'] + (n['Rows Removed by Filter'] ?? 0)) * n['Actual Loops'], 0);

describe('the list', () => {
  const deep = (part: Position['part']): Position => ({
    part,
    at: (Date.now() - 50_000_000) * 1000,
    conversation: 'c_50000',
  });
  const cases: [string, Partial<Filters>, Sort, Position | null, string][] = [
    ['as it comes', {}, '-last_activity_at', null, 'conversations_by_status'],
    ['archived or not', { archived: null }, '-last_activity_at', null, 'conversations_by_status'],
    ['deep down', { archived: null }, '-last_activity_at', deep('activity'), 'conversations_by_status'],
    [
      'of rare statuses',
      { status: ['new', 'resolved'] },
      '-last_activity_at',
      null,
      'conversations_by_status',
    ],
    ['of unread ones', { unread: true }, '-last_activity_at', null, 'conversations_unread'],
    ['of snoozed ones', { snoozed: true }, '-last_activity_at', null, 'conversations_snoozed'],
    ['of an agent', { agent: 'ag7' }, '-last_activity_at', null, 'conversations_by_agent'],
    ['of a team', { team: 'team7' }, '-last_activity_at', null, 'conversations_by_team'],
    ['with a tag', { tag: 'tag409' }, '-last_activity_at', null, 'conversations_by_tag'],
    ['who waits longest', {}, 'waiting_since', null, 'conversations_waiting'],
    ['who waits, deep down', {}, 'waiting_since', deep('waiting'), 'conversations_waiting'],
  ];

  it.each(cases)('%s: an index leads to the page', async (_, filters, sort, after, index) => {
    const query = { filters: { archived: false, ...filters }, sort, after, limit: 50 };
    const rows = await listConversations(db, 'big', query);
    expect(rows.length).toBeGreaterThan(0);
    expect(indexes()).toContain(index);
    expect(kinds()).not.toContain('Seq Scan');
    expect(looked()).toBeLessThan(1_500);
  });
});

it('counts come from an index alone', async () => {
  const { total } = await countConversations(db, 'big', { archived: null });
  expect(total).toBe(100_000);
  expect(kinds()).toEqual(expect.arrayContaining(['Index Only Scan']));
  expect(kinds()).not.toContain('Seq Scan');
  expect(indexes()).toEqual(['conversations_counts']);
  expect(plan.reduce((sum, node) => sum + (node['Heap Fetches'] ?? 0), 0)).toBe(0);
});

it('eligibility of ten thousand is one statement, from an index alone', async () => {
  const asked = Array.from({ length: 10_000 }, (_, i) => `c_${(i * 7) % 120_000}`);
  const found = await statusesOf(db, 'big', asked);
  expect(found?.statuses).toHaveLength(10_000);
  expect(indexes()).toContain('conversations_counts');
  expect(kinds()).not.toContain('Seq Scan');
  expect(looked()).toBeLessThan(10_100);
});

it('the audience comes from an index alone, in its order, from where it was left', async () => {
  const filters = { archived: null, status: ['closed', 'not_contacted'] as const };
  const page = await audiencePage(db, 'big', filters, 'c_5', 5_000);
  expect(page?.lines.split('\n')).toHaveLength(5_001);
  expect(indexes()).toEqual(['conversations_counts']);
  expect(kinds()).toContain('Index Only Scan');
  expect(kinds()).not.toContain('Sort');
  expect(looked()).toBeLessThan(5_500);
});

it('one conversation and a page of its timeline are found by their keys', async () => {
  await findConversation(db, 'big', 'c_77');
  expect(indexes()).toEqual([expect.stringMatching(/^conversations_(pkey|counts)$/)]);
  await readTimeline(db, 'big', 'c_7', 500, 50);
  expect(indexes()).toEqual(['timeline_pkey']);
  expect(looked()).toBeLessThan(60);
});
