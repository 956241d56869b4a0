import type { Pool } from 'pg';
import { Database } from '../../src/db/database';
import { DecisionLookup } from '../../src/db/decision-lookup';
import type { EventName } from '../../src/db/decisions';
import { Listener } from '../../src/db/listener';
import { rfc3339 } from '../../src/db/rows';
import { notContacted, type Conversation } from '../../src/domain/conversation';
import { decide } from '../../src/domain/decide';
import type { Event } from '../../src/domain/events';
import { rowOf, stepOf } from '../../src/domain/timeline';
import { toRecord } from '../../src/domain/record';
import { DEFAULT_SETTINGS } from '../../src/domain/settings';
import { writeDecisions } from '../../src/db/writes';
import { createLogger } from '../../src/runtime/log';
import { createDatabase, type TestDatabase } from '../support/servers';
import type { Write } from '../../src/domain/ledger';

let database: TestDatabase;
let listener: Listener;
let decisions: DecisionLookup;
let asked: string[] = [];

beforeAll(async () => {
  database = await createDatabase();
  await database.pool.query(`INSERT INTO inboxes (account, inbox, settings) VALUES ('a', 'i', '{}')`);
  listener = new Listener(database.pool, createLogger('silent'));
  const query = listener.query.bind(listener);
  listener.query = (statement, limit) => {
    asked.push(statement.text);
    return query(statement, limit);
  };
  decisions = new DecisionLookup(listener, new Database(database.pool, listener));
  listener.start();
  while (!listener.connected) await new Promise((resolve) => setTimeout(resolve, 5));
});
afterAll(async () => {
  decisions.giveUp();
  await listener.stop();
  await database.drop();
});
beforeEach(() => {
  asked = [];
});

const name = (conversation: string, event: string): EventName => ({
  account: 'a',
  inbox: 'i',
  conversation,
  event,
});
const at = Date.parse('2026-03-01T09:30:00.123Z');

/**
 * Writes them as the worker does: each event is decided on the state after the one before. @returns the
 * record after each
 */
async function write(pool: Pool, conversation: string, events: Event[]) {
  const key = { account: 'a', inbox: 'i', conversation };
  let state: Conversation = notContacted(conversation, at);
  const records = [];
  for (const [i, event] of events.entries()) {
    const decision = decide(state, event, DEFAULT_SETTINGS, at + i * 1000);
    const stamp = { inbox: 'i', seq: i + 1, settings_version: 1, now: at + i * 1000 };
    const steps = [stepOf(state, event, decision, stamp)];
    state = decision.state;
    const row = rowOf(state, stamp);
    const written: Write = { key, expected_seq: i, row, steps };
    expect(await writeDecisions(pool, [written])).toEqual([true]);
    records.push(toRecord('i', state));
  }
  return records;
}

const life: Event[] = [
  { id: 'close', type: 'close', agent: 'ana', skip_survey: false },
  { id: 'm', type: 'message', kind: 'text' },
  { id: 'a', type: 'assign', agent: 'ana' },
  { id: 't', type: 'tag_add', tags: ['vip'] },
  { id: 'same', type: 'assign', agent: 'ana' },
  { id: 'c', type: 'close', agent: 'bo', skip_survey: true },
  { id: 'f', type: 'flow_start', flow: 'f', execution: 'x', source: 'flow', has_priority: false },
];

it('finds each decision with the conversation as it was right after it, from the row or from what changed', async () => {
  const records = await write(database.pool, 'life', life);
  for (const [i, event] of life.entries()) {
    const found = await decisions.find(name('life', event.id));
    expect(found).toMatchObject({ type: event.type });
    expect(JSON.stringify(found?.conversation)).toBe(JSON.stringify(records[i]));
  }
  expect(await decisions.find(name('life', 'm'))).toMatchObject({
    verdict: 'applied',
    data: { kind: 'text' },
  });
  expect(await decisions.find(name('life', 'close'))).toMatchObject({ verdict: 'refused', rule: 'not_open' });
  expect(await decisions.find(name('life', 'same'))).toMatchObject({
    verdict: 'ignored',
    reason: 'no_change',
  });
});

it('does not know what was not decided', async () => {
  await write(database.pool, 'other', [{ id: 'm', type: 'message', kind: 'text' }]);
  expect(await decisions.find(name('other', 'x'))).toBeNull();
  expect(await decisions.find(name('nobody', 'm'))).toBeNull();
  expect(await decisions.find({ ...name('other', 'm'), account: 'b' })).toBeNull();
});

it('answers a hundred questions with one or two statements', async () => {
  await write(database.pool, 'crowd', [{ id: 'm', type: 'message', kind: 'text' }]);
  asked = [];
  const found = await Promise.all(
    Array.from({ length: 100 }, (_, i) => decisions.find(name('crowd', i % 2 ? 'm' : 'x'))),
  );
  expect(found.filter(Boolean)).toHaveLength(50);
  expect(asked.length).toBeLessThanOrEqual(2);
});

it('tells waiting callers as soon as it is written, and sends no query before', async () => {
  const waiting = decisions.waitFor(name('soon', 'm'), 5_000);
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(asked).toEqual([]);
  const started = performance.now();
  await write(database.pool, 'soon', [{ id: 'm', type: 'message', kind: 'text' }]);
  expect(await waiting.decided).toMatchObject({ verdict: 'applied' });
  expect(performance.now() - started).toBeLessThan(400); // sooner than the next look without being told
});

it('polls if no notification came', async () => {
  const waiting = decisions.waitFor(name('silent', 'm'), 5_000);
  await database.pool
    .query(`INSERT INTO timeline SELECT account, inbox, 'silent', seq, at, version, settings_version,
    event, type, verdict, reason, rule, "from", "to", data, changes FROM timeline WHERE conversation = 'soon'`);
  expect(await waiting.decided).toMatchObject({ verdict: 'applied' });
});

it('gives up when the time is over, or when it is aborted', async () => {
  expect(await decisions.waitFor(name('never', 'm'), 20).decided).toBeNull();
  const cancelled = decisions.waitFor(name('never', 'm'), 60_000);
  cancelled.cancel();
  expect(await cancelled.decided).toBeNull();
  const others = [1, 2].map(() => decisions.waitFor(name('never', 'm'), 60_000));
  decisions.giveUp();
  expect(await Promise.all(others.map((other) => other.decided))).toEqual([null, null]);
});

it('hears again after its connection was cut', async () => {
  const waiting = decisions.waitFor(name('cut', 'm'), 10_000);
  await database.pool.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid() AND query ~ '^LISTEN|AS decided_seq'`,
  );
  await write(database.pool, 'cut', [{ id: 'm', type: 'message', kind: 'text' }]);
  expect(await waiting.decided).toMatchObject({ verdict: 'applied' });
  expect(listener.away).toBe(false);
});

it.each([
  ['2026-03-01 09:30:00+00', '2026-03-01T09:30:00.000Z'],
  ['2026-03-01 09:30:00.1+00', '2026-03-01T09:30:00.100Z'],
  ['2026-03-01 09:30:00.123456+00', '2026-03-01T09:30:00.123Z'],
  ['2026-03-01 09:30:00.999999+00', '2026-03-01T09:30:00.999Z'],
  ['2026-03-01 10:30:00.5+01', '2026-03-01T09:30:00.500Z'],
  ['2026-03-01 15:00:00+05:30', '2026-03-01T09:30:00.000Z'],
])('shows PostgreSQL’s %s as %s', (text, shown) => {
  expect(rfc3339(text)).toBe(shown);
});
