/** What an inbox no longer keeps: it is deleted, and all that is left is as it was. */
import type { Pool } from 'pg';
import { rebuildAll } from '../../src/maintenance/rebuild-reports';
import { ageOutAll, startAging } from '../../src/maintenance/aging';
import { createPool } from '../../src/db/pool';
import { createLogger } from '../../src/runtime/log';
import { Deciding, type Conversation } from '../http/support/deciding';
import { eventually } from '../workflows/support/eventually';

const AT_ONCE = { piece: 200, conversationsPerSecond: 1e9, rowsPerSecond: 1e9 };
let d: Deciding;
let pool: Pool;
beforeAll(async () => {
  d = await Deciding.start();
  pool = createPool({
    ...{ databaseUrl: d.service.database.url, role: 'conversations_worker', max: 2 },
    logger: createLogger('silent'),
  });
});
afterAll(async () => {
  await pool.end();
  await d.stop();
});

const age = (pace = AT_ONCE) => ageOutAll({ pool, logger: createLogger('silent') }, pace);

/** Everything that was decided until now was decided so many days earlier. */
async function daysPass(inbox: string, days: number): Promise<void> {
  for (const [table, column] of [
    ['timeline', 'at'],
    ['conversations', 'closed_at'],
    ['deliveries', 'ended_at'],
  ] as const)
    await d.api.pool.query(
      `UPDATE ${table} SET ${column} = ${column} - $2 * interval '1 day' WHERE inbox = $1`,
      [inbox, days],
    );
}

async function decided(c: Conversation, ...events: object[]): Promise<object[]> {
  const answers = [];
  for (const event of events) answers.push((await c.decide(event)).body);
  return answers;
}

const idsOf = async (c: Conversation) => (await c.timeline()).map(({ event }) => event);
const rows = async (table: string, c: Conversation) => {
  const { rows } = await d.api.pool.query(`SELECT * FROM ${table} WHERE inbox = $1 AND conversation = $2`, [
    c.inbox,
    c.id,
  ]);
  return rows as Record<string, unknown>[];
};

const message = (id: string) => ({ id, type: 'message' });
const close = (id: string) => ({ id, type: 'close', agent: 'ana', reason: 'done' });

test('given a timeline that ages out, when it is read, then what is left is as it was, and repeats get their first answers', async () => {
  const inbox = await d.api.inbox();
  await d.api.ask('PATCH', `/v1/inboxes/${inbox}`, { body: { retention: { timeline_days: 100 } } });
  const c = d.conversation(inbox);
  await decided(
    c,
    message('a'),
    { id: 'b', type: 'tag_add', tags: ['vip'] },
    { id: 'c', type: 'assign', agent: 'ben' },
  );
  await daysPass(inbox, 101);
  const [first] = await decided(c, { id: 'd', type: 'assign', team: 'sales' });
  await decided(c, message('e'));
  const before = await d.api.get(c.path);
  expect(await age()).toBe(3);
  expect(await idsOf(c)).toEqual(['e', 'd']);
  expect((await d.api.get(c.path)).body).toEqual(before.body);
  expect(await decided(c, { id: 'd', type: 'assign', team: 'sales' })).toEqual([first]);
  expect(first).toMatchObject({
    conversation: { tags: [{ name: 'vip' }], assignee: { team: 'sales', agent: 'ben' } },
  });
  expect(await age()).toBe(0);
  await decided(c, close('f'));
  await c.rested(); // a run that goes on knows its last ids
  const [again] = await decided(c, { id: 'b', type: 'tag_add', tags: ['vip'] });
  expect(again).toMatchObject({ verdict: 'ignored', reason: 'no_change' }); // no longer known as a repeat
});

test('the last entry of a timeline stays, however old it is', async () => {
  const inbox = await d.api.inbox();
  await d.api.ask('PATCH', `/v1/inboxes/${inbox}`, { body: { retention: { timeline_days: 1 } } });
  const c = d.conversation(inbox);
  const answers = await decided(c, message('a'), { id: 'b', type: 'assign', agent: 'ben' });
  await daysPass(inbox, 2);
  await age();
  expect(await idsOf(c)).toEqual(['b']);
  expect(await decided(c, { id: 'b', type: 'assign', agent: 'ben' })).toEqual(answers.slice(1));
});

test('given a conversation that was closed long ago, then its details go, and its scores stay for the reports', async () => {
  const [inbox, other] = [
    await d.api.inbox({ csat: { enabled: true } }),
    await d.api.inbox({ csat: { enabled: true } }),
  ];
  for (const one of [inbox, other])
    await d.api.ask('PATCH', `/v1/inboxes/${one}`, { body: { retention: { closed_days: 30 } } });
  const [c, open] = [d.conversation(inbox), d.conversation(other)];
  const rated = (n: number) => [
    message(`m${n}`),
    close(`c${n}`),
    { id: `s${n}`, type: 'csat_answer', score: 4, comment: 'fine' },
  ];
  await decided(c, ...rated(1), ...rated(2));
  await decided(open, ...rated(1), message('again'));
  for (const one of [inbox, other]) await daysPass(one, 31);
  const report = () =>
    d.api.get(`/v1/inboxes/${inbox}/reports?from=2026-01-01T00:00:00Z&to=2099-01-01T00:00:00Z`);
  const before = await report();
  await age();
  expect(await idsOf(c)).toEqual(['s2']);
  expect(await rows('episodes', c)).toMatchObject([{ episode: 2 }]);
  expect(await rows('surveys', c)).toMatchObject([
    { score: 4, comment: null },
    { score: 4, comment: 'fine' },
  ]);
  expect(await rows('surveys', open)).toMatchObject([{ comment: 'fine' }]);
  expect(await idsOf(open)).toHaveLength(4);
  expect((await report()).body).toEqual(before.body);
  await rebuildAll(d.api.pool, false, () => {});
  expect((await report()).body).toEqual(before.body);
  const [next] = await decided(c, message('next'));
  expect(next).toMatchObject({ conversation: { status: 'new', episode: 3 } });
});

test('deliveries that have ended go after the days of their inbox; those that wait stay', async () => {
  const [short, usual] = [await d.api.inbox(), await d.api.inbox()];
  await d.api.ask('PATCH', `/v1/inboxes/${short}`, { body: { retention: { deliveries_days: 5 } } });
  for (const inbox of [short, usual]) {
    const c = d.conversation(inbox);
    await decided(c, message('a'));
    for (const [nth, ended] of [
      [1, 6],
      [2, 4],
      [3, null],
    ] as const)
      await d.api.pool.query(
        `INSERT INTO deliveries (webhook, nth, account, inbox, conversation, type, body, state, due_at, created_at, ended_at)
         VALUES ('w_' || $2, $4, $1, $2, $3, 'x', '{}', CASE WHEN $5::int IS NULL THEN 'pending' ELSE 'delivered' END,
           now(), now(), now() - $5 * interval '1 day')`,
        [d.api.account, inbox, c.id, nth, ended],
      );
  }
  await age();
  const left = async (inbox: string) =>
    (
      await d.api.pool.query<{ nth: number }>('SELECT nth::int FROM deliveries WHERE inbox = $1 ORDER BY 1', [
        inbox,
      ])
    ).rows;
  expect(await left(short)).toEqual([{ nth: 2 }, { nth: 3 }]);
  expect(await left(usual)).toHaveLength(3);
});

test('a timeline longer than a piece goes piece by piece, and an inbox without retention keeps everything', async () => {
  const [inbox, other] = [await d.api.inbox(), await d.api.inbox()];
  await d.api.ask('PATCH', `/v1/inboxes/${inbox}`, { body: { retention: { timeline_days: 1 } } });
  const cs = [d.conversation(inbox), d.conversation(inbox), d.conversation(other)];
  for (const c of cs)
    await d.take(
      c.inbox,
      Array.from({ length: 25 }, (_, n) => ({ conversation: c.id, event: message(`m${n}`) })),
    );
  for (const c of cs) await eventually('all are decided', async () => (await c.timeline()).length === 25);
  for (const one of [inbox, other]) await daysPass(one, 2);
  expect(await age({ ...AT_ONCE, piece: 10 })).toBe(48);
  const lengths = [];
  for (const c of cs) lengths.push((await c.timeline()).length);
  expect(lengths).toEqual([1, 1, 25]);
});

test('a worker looks by itself, at its rate', async () => {
  const inbox = await d.api.inbox();
  await d.api.ask('PATCH', `/v1/inboxes/${inbox}`, { body: { retention: { timeline_days: 1 } } });
  const c = d.conversation(inbox);
  await decided(c, message('a'), message('b'), message('c'), message('d'));
  await daysPass(inbox, 2);
  const began = Date.now();
  const stop = startAging(
    { pool, logger: createLogger('silent') },
    { firstMs: 0, piece: 1, rowsPerSecond: 4 },
  );
  await eventually('one is left', async () => (await c.timeline()).length === 1);
  expect(Date.now() - began).toBeGreaterThan(450); // the pauses after the first two
  await stop();
});
