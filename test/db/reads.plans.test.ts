/**
 * No statement's plan hangs on what PostgreSQL has heard of a table: each reads what it needs and little
 * more, in a large inbox beside a thousand small ones, with any statistics.
 */
import type { Pool, QueryConfig } from 'pg';
import { audiencePage, reachesOf } from '../../src/db/broadcasts';
import { aliasesBetween, hasAliases, takenAmong, targetsOf } from '../../src/db/aliases';
import { addContacts } from '../../src/db/contacts';
import { findConversation, isKnown } from '../../src/db/conversations';
import { countConversations } from '../../src/db/counts';
import type { AccountDatabase } from '../../src/db/database';
import { FIND, recallDecision } from '../../src/db/decisions';
import { readEpisodes } from '../../src/db/episodes';
import type { Filters } from '../../src/db/filters';
import { findInbox, listInboxes } from '../../src/db/inboxes';
import { listConversations, type Position, type Sort } from '../../src/db/lists';
import { createPool } from '../../src/db/pool';
import { overdueRows, rowsNeedingWorkflow, rowStates, writtenAs } from '../../src/db/reconcile';
import { outdatedConversations, unfinishedRollouts } from '../../src/db/rollouts';
import { rowTypes } from '../../src/db/rows';
import { readTimeline } from '../../src/db/timeline';
import { overdueTimers, timersByPart } from '../../src/db/timers';
import { knownEvents, loadConversations, writeDecisions } from '../../src/db/writes';
import { notContacted } from '../../src/domain/conversation';
import { decide } from '../../src/domain/decide';
import { rowOf, stepOf } from '../../src/domain/timeline';
import { DEFAULT_SETTINGS } from '../../src/domain/settings';
import { createLogger } from '../../src/runtime/log';
import { createDatabase, type TestDatabase } from '../support/servers';
import { Explained, tooMuch, type Cost } from './explained';
import { BIG, seedBig, seedSmall } from './seed';

const databases: TestDatabase[] = [];
const pools: Pool[] = [];

async function freshDatabase(): Promise<TestDatabase> {
  const database = await createDatabase();
  databases.push(database);
  // nobody analyzes what this test does not
  await database.pool.query(`DO $$ DECLARE t text; BEGIN
    FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = current_schema() LOOP
      EXECUTE format('ALTER TABLE %I SET (autovacuum_enabled = off)', t);
    END LOOP; END $$`);
  return database;
}

/** As the service's processes connect. */
function connect(database: TestDatabase, role: 'conversations_api' | 'conversations_worker'): Pool {
  const pool = createPool({ databaseUrl: database.url, role, max: 1, logger: createLogger('silent') });
  pool.on('connect', (client) => void client.query(`SELECT set_config('app.account', 'a', false)`));
  pools.push(pool);
  return pool;
}

afterAll(async () => {
  for (const pool of pools) await pool.end();
  for (const database of databases) await database.drop();
});

let api: Explained;
let worker: Explained;
let db: AccountDatabase;

function use(database: TestDatabase): void {
  api = new Explained(connect(database, 'conversations_api'));
  worker = new Explained(connect(database, 'conversations_worker'));
  const query: AccountDatabase['query'] = async (statement) =>
    (await api.query({ ...statement, types: rowTypes } as QueryConfig)).rows as never;
  db = { account: 'a', query, transaction: (work) => work(query) };
}

const asWorker = () => worker as unknown as Pool;
const now = Date.now();
const deep = (part: Position['part']): Position => ({
  part,
  at: (now - 50_000_000) * 1000,
  conversation: 'c_50000',
});
const key = (n: number) => ({ account: 'a', inbox: 'big', conversation: `c_${n}` });
const keys = Array.from({ length: 100 }, (_, i) => key(i * 7 + 11));

interface Case {
  name: string;
  run: () => Promise<unknown>;
  /** what it may cost in an inbox of 100,000, of both processes together */
  most: Cost;
}

/** A stretch of 50 for each status, archived or not, and the rows of the page. */
const PAGE = { rows: 12 * 50 + 150, buffers: 1_200 };

const listed = (
  name: string,
  filters: Partial<Filters>,
  {
    sort = '-last_activity_at',
    after = null,
    most = PAGE,
  }: { sort?: Sort; after?: Position | null; most?: Cost } = {},
): Case => ({
  name: `a page of the list, ${name}`,
  run: () =>
    listConversations(db, 'big', { filters: { archived: false, ...filters }, sort, after, limit: 50 }),
  most,
});

const counted = (name: string, filters: Partial<Filters>, rows: number): Case => ({
  name: `counts ${name}`,
  run: () => countConversations(db, 'big', { archived: null, ...filters }),
  most: { rows, buffers: rows + 1_000 }, // where nothing was vacuumed each entry's row is visited
});

const reached = (name: string, filters: Partial<Filters>, most: Cost): Case => ({
  name: `a piece of the audience, ${name}`,
  run: () =>
    audiencePage(
      db,
      'big',
      { archived: null, status: ['closed', 'not_contacted'], ...filters },
      'c_5',
      5_000,
    ),
  most,
});

const one = (name: string, run: () => Promise<unknown>): Case => ({
  name,
  run,
  most: { rows: 60, buffers: 120 },
});

const CASES: Case[] = [
  listed('as it comes', {}),
  listed('archived or not', { archived: null }),
  listed('deep down', { archived: null }, { after: deep('activity') }),
  listed('of rare statuses', { status: ['new', 'resolved'] }),
  listed('of unread ones', { unread: true }),
  listed('of snoozed ones', { snoozed: true }),
  listed('of an agent', { agent: 'ag7' }),
  listed('of an agent, deep down', { agent: 'ag7', archived: null }, { after: deep('activity') }),
  listed('of a team', { team: 'team7' }),
  listed('of blocked ones', { blocked: true }),
  listed(
    'where the customer has the next word',
    { waiting_on: 'customer' },
    { most: { rows: 2_200, buffers: 3_000 } },
  ),
  listed('with the window open', { window: 'open', status: ['new', 'in_progress'] }),
  listed('whose window closes first', { window: 'open' }, { sort: 'window_closes_at' }),
  listed('whose window closes first, deep down', {}, { sort: 'window_closes_at', after: deep('window') }),
  listed('of a tag that many have', { tag: 'common' }),
  listed('of a tag that few have', { tag: 'tag409', archived: null }),
  listed('of a tag, deep down', { tag: 'common', archived: null }, { after: deep('activity') }),
  listed('who waits longest', {}, { sort: 'waiting_since' }),
  listed('who waits, deep down', {}, { sort: 'waiting_since', after: deep('waiting') }),
  listed(
    'who waits with a tag',
    { tag: 'common' },
    { sort: 'waiting_since', most: { rows: 7_500, buffers: 12_000 } },
  ),
  listed(
    'who waits for an agent',
    { agent: 'ag7' },
    { sort: 'waiting_since', most: { rows: 2_500, buffers: 4_000 } },
  ),
  counted('of all', {}, 1_500),
  counted(
    'by all filters but the tag',
    { status: ['new'], unread: true, snoozed: false, agent: 'ag7', team: 'team7' },
    1_500,
  ),
  counted('of a tag', { tag: 'common' }, 20_500),
  counted('of blocked ones', { blocked: true, waiting_on: 'agent' }, 1_500),
  {
    name: 'eligibility of ten thousand',
    run: () =>
      reachesOf(
        db,
        'big',
        Array.from({ length: 10_000 }, (_, i) => `c_${(i * 7) % 120_000}`),
      ),
    most: { rows: 10_100, buffers: 60_000 },
  },
  reached('all', {}, { rows: 8_000, buffers: 9_000 }),
  reached('of an agent', { agent: 'ag7' }, { rows: 60_000, buffers: 60_000 }),
  reached('of a tag', { tag: 'common' }, { rows: 20_500, buffers: 21_500 }),
  {
    name: 'what is due in a day, and what is overdue',
    run: async () => {
      const [from, to] = [new Date(now), new Date(now + 86_400_000)];
      await timersByPart(db, 'big', { from, since: from, to, seconds: 1_800 });
      await overdueTimers(db, 'big', from, 20);
    },
    most: { rows: 60, buffers: 1_000 },
  },
  one('a conversation', () => findConversation(db, 'big', 'c_77')),
  one('whether it is known', () => isKnown(db, 'big', 'c_77')),
  one('its timeline', () => readTimeline(db, 'big', 'c_7', 500, 50)),
  one('its episodes', () => readEpisodes(db, 'big', 'c_7', null, 50)),
  one('whether an inbox has other names', () => hasAliases(db, 'big')),
  one('where names lead', () => targetsOf(db, 'big', ['alias_7', 'c_8', 'nobody'])),
  one('which names are taken', () => takenAmong(db, 'big', ['alias_7', 'c_8', 'nobody'])),
  {
    name: 'other names of a page of conversations',
    run: () => aliasesBetween(db, 'big', 'c_5', 'c_5100'),
    most: { rows: 2_000, buffers: 4_000 },
  },
  one('an inbox', () => findInbox(db, 'big')),
  one('the inboxes', () => listInboxes(db, 'small', 50)),
  {
    name: 'contacts, half of them known',
    run: () =>
      addContacts(
        db,
        'big',
        Array.from({ length: 2_000 }, (_, i) => `c_${BIG - 999 + i}`),
      ),
    most: { rows: 100, buffers: 80_000 },
  },
  { name: 'a hundred decisions found', run: find, most: { rows: 210, buffers: 1_000 } },
  {
    name: 'a decision recalled',
    run: () => recallDecision(asWorker(), { ...key(7), event: 'e2007' }),
    most: { rows: 410, buffers: 500 },
  },
  one('known events', () => knownEvents(asWorker(), key(7), ['e7', 'e17', 'x'])),
  {
    name: 'a hundred loaded',
    run: () => loadConversations(asWorker(), keys),
    most: { rows: 400, buffers: 1_500 },
  },
  { name: 'a hundred written', run: write, most: { rows: 700, buffers: 18_000 } },
  {
    name: 'timers overdue',
    run: () => overdueRows(asWorker(), 60, null, 1_000),
    most: { rows: 2_000, buffers: 2_200 },
  },
  {
    name: 'the next of them',
    run: () => overdueRows(asWorker(), 60, { ...key(5), due_at: '2020-01-01T00:00:00.000Z' }, 1_000),
    most: { rows: 2_000, buffers: 2_200 },
  },
  {
    name: 'rows that need a workflow',
    run: () => rowsNeedingWorkflow(asWorker(), key(5), 500),
    most: { rows: 25_000, buffers: 27_000 },
  },
  { name: 'rows compared', run: () => rowStates(asWorker(), keys), most: { rows: 110, buffers: 600 } },
  {
    name: 'a version looked for',
    run: () => writtenAs(asWorker(), key(7), 1, now),
    most: { rows: 1_100, buffers: 1_100 },
  },
  {
    name: 'a page of a rollout',
    run: () => outdatedConversations(asWorker(), { account: 'a', inbox: 'big' }, 'c_5', 500),
    most: { rows: 3_000, buffers: 3_500 },
  },
  {
    name: 'rollouts unfinished',
    run: () => unfinishedRollouts(asWorker()),
    most: { rows: 1_100, buffers: 1_100 },
  },
];

async function find() {
  const names = Array.from({ length: 100 }, (_, i) => ['a', 'big', `c_${i % 10}`, `e${i}`]);
  const values = [0, 1, 2, 3].map((part) => names.map((name) => name[part]));
  return (await api.query({ name: 'find_decisions', text: FIND, values })).rows as unknown[];
}

function write() {
  const writes = keys.map((of) => {
    const before = notContacted(of.conversation, now);
    const event = { id: 'new', type: 'message' as const, kind: 'text' as const };
    const decision = decide(before, event, DEFAULT_SETTINGS, now);
    const stamp = { inbox: 'big', seq: 1, settings_version: 2, now };
    const steps = [stepOf(before, event, decision, stamp)];
    return { key: of, expected_seq: 0, row: rowOf(decision.state, stamp), steps };
  });
  return writeDecisions(asWorker(), writes);
}

/** A plan that found nothing shows nothing. */
const isNothing = (found: unknown) =>
  found === null || (Array.isArray(found) && found.every((one) => one === null));

function everyStatement() {
  it.each(CASES.map((one) => [one.name, one] as const))('%s', async (_, { run, most }) => {
    [api, worker].forEach((explained) => explained.forget());
    expect(isNothing(await run())).toBe(false);
    expect(tooMuch([api, worker], most)).toBeNull();
  });
}

describe('on tables that were never analyzed', () => {
  beforeAll(async () => {
    const database = await freshDatabase();
    await seedSmall(database.pool);
    await seedBig(database.pool);
    use(database);
  });
  everyStatement();
});

describe('on tables that were analyzed before the large inbox came', () => {
  beforeAll(async () => {
    const database = await freshDatabase();
    await seedSmall(database.pool);
    await database.pool.query('VACUUM ANALYZE');
    await seedBig(database.pool);
    use(database);
  });
  everyStatement();
});

describe('on tables with fresh statistics', () => {
  beforeAll(async () => {
    const [database] = databases as [TestDatabase];
    await database.pool.query('VACUUM ANALYZE');
    use(database);
  });
  everyStatement();

  it.each([
    ['eligibility', () => reachesOf(db, 'big', ['c_1', 'c_2']), 'conversations_pkey'],
    [
      'the audience',
      () => audiencePage(db, 'big', { archived: null, status: ['closed'] }, 'c_5', 500),
      'conversations_pkey',
    ],
    [
      'counts of a tag',
      () => countConversations(db, 'big', { archived: null, tag: 'common' }),
      'conversation_tags_pkey',
    ],
  ])('%s: from an index alone', async (_, run, index) => {
    api.forget();
    await run();
    expect(api.indexesAlone()).toEqual([index]);
  });
});

describe('with plans made when the tables were empty', () => {
  beforeAll(async () => {
    const database = await freshDatabase();
    await database.pool.query(`INSERT INTO inboxes (account, inbox, settings) VALUES ('a', 'big', '{}')`);
    await database.pool.query('VACUUM'); // it tells PostgreSQL that they are
    use(database);
    [api, worker].forEach((explained) => explained.keepPlans());
    for (const { run } of CASES) await run();
    await seedSmall(database.pool);
    await seedBig(database.pool);
  });
  everyStatement();
});
