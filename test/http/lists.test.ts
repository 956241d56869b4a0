import { STATUSES, WAITED_ON } from '../../src/domain/conversation';
import { conversationsAnswer, countsAnswer } from '../../src/http/resources/conversations';
import { TestApi } from './support/api';
import { isProblem } from './support/problem';
import { insertRows, type Row } from './support/rows';

let api: TestApi;
const rows: Row[] = [
  { conversation: 'new', status: 'new', unread: true, waiting: 50, active: 1, team: 'blue', window: 60 },
  {
    conversation: 'work',
    status: 'in_progress',
    agent: 'ana',
    team: 'blue',
    active: 2,
    tags: ['vip', 'refund'],
    window: 30,
  },
  { conversation: 'snoozed', status: 'in_progress', agent: 'ana', snoozed: true, waiting: 90, active: 3 },
  { conversation: 'flow', status: 'in_flow', active: 4 },
  { conversation: 'asked', status: 'resolved', agent: 'bo', active: 5 },
  {
    conversation: 'done',
    status: 'closed',
    agent: 'ana',
    active: 6,
    tags: ['vip'],
    unread: true,
    window: -9,
    blocked: true,
  },
  { conversation: 'gone', status: 'closed', archived: true, active: 7, agent: 'ana' },
  { conversation: 'fresh', status: 'not_contacted', active: 8 },
];

beforeAll(async () => {
  api = await TestApi.start();
  for (const inbox of ['support', 'empty', 'many', 'twins']) await api.inbox({}, inbox);
  await api.inbox({ customer_window_seconds: null }, 'windowless');
  await insertRows(api.pool, api.account, 'support', rows);
});
afterAll(() => api.stop());

const list = async (query: string, inbox = 'support') => {
  const answer = await api.get(`/v1/inboxes/${inbox}/conversations?${query}`);
  expect(conversationsAnswer.safeParse(answer.body).error).toBeUndefined();
  return answer.body.items.map((item) => item.conversation);
};

const all = rows.map((row) => row.conversation);
const without = (...names: string[]) => all.filter((name) => !names.includes(name));

describe('the list', () => {
  it.each([
    ['', without('gone')],
    ['archived=any', all],
    ['archived=true', ['gone']],
    ['status=closed', ['done']],
    ['status=closed&archived=any', ['done', 'gone']],
    ['status=in_progress,new', ['new', 'work', 'snoozed']],
    ['status=new,new', ['new']],
    ['unread=true', ['new', 'done']],
    ['unread=true&status=closed', ['done']],
    ['unread=false', without('new', 'done', 'gone')],
    ['snoozed=true', ['snoozed']],
    ['snoozed=false&status=in_progress', ['work']],
    ['agent=ana', ['work', 'snoozed', 'done']],
    ['agent=ana&archived=any', ['work', 'snoozed', 'done', 'gone']],
    ['agent=nobody', []],
    ['agent=none', ['new', 'flow', 'fresh']],
    ['agent=none&team=blue', ['new']],
    ['blocked=true', ['done']],
    ['blocked=false&status=closed&archived=any', ['gone']],
    ['waiting_on=agent', ['new', 'snoozed']],
    ['waiting_on=customer', ['work']],
    ['waiting_on=bot', ['flow']],
    ['waiting_on=survey', ['asked']],
    ['waiting_on=nobody&archived=any', ['done', 'gone', 'fresh']],
    ['window=open', ['new', 'work']],
    ['window=closed', without('new', 'work', 'gone')],
    ['sort=window_closes_at', ['done', 'work', 'new', ...without('done', 'work', 'new', 'gone')]],
    ['sort=window_closes_at&window=open', ['work', 'new']],
    ['team=blue', ['new', 'work']],
    ['team=blue&agent=ana', ['work']],
    ['tag=vip', ['work', 'done']],
    ['tag=vi', []],
    ['tag=vip&status=closed&unread=true', ['done']],
    ['sort=waiting_since', ['snoozed', ...without('snoozed', 'gone')]],
    ['sort=waiting_since&agent=ana', ['snoozed', 'work', 'done']],
    ['sort=waiting_since&status=new,closed&archived=any', ['new', 'done', 'gone']],
    ['limit=2', ['new', 'work']],
  ])('filtered by “%s”', async (query, expected) => {
    expect(await list(query)).toEqual(expected);
  });

  it('in an inbox without a window has it open for everybody', async () => {
    await insertRows(api.pool, api.account, 'windowless', [{ conversation: 'any' }]);
    expect(await list('window=open', 'windowless')).toEqual(['any']);
    expect(await list('window=closed', 'windowless')).toEqual([]);
  });

  it('takes names that are hard to write', async () => {
    const agent = 'Ana "the\\1" O’Neil, 100% & co';
    await insertRows(api.pool, api.account, 'empty', [
      { conversation: 'odd', agent, tags: [agent.slice(0, 60)] },
    ]);
    expect(await list(`agent=${encodeURIComponent(agent)}`, 'empty')).toEqual(['odd']);
    expect(await list(`tag=${encodeURIComponent(agent)}`, 'empty')).toEqual(['odd']);
    await api.pool.query(`DELETE FROM conversations WHERE conversation = 'odd'`);
  });

  it('of an empty inbox is empty; of an unknown one is not there: 404', async () => {
    expect((await api.get('/v1/inboxes/empty/conversations')).body).toEqual({ items: [], next_cursor: null });
    isProblem(await api.get('/v1/inboxes/nowhere/conversations'), 404);
  });

  it.each([
    ...['sort=-last_activity_at', 'sort=waiting_since', 'sort=window_closes_at'],
    ...['unread=false', 'status=new,in_progress'],
  ])('shows each once, page by page, in order, by “%s”', async (query) => {
    if ((await list('limit=1', 'many')).length === 0) await insertRows(api.pool, api.account, 'many', many());
    const items = await api.all(`/v1/inboxes/many/conversations?${query}`, 7);
    expect(new Set(items.map((item) => item.conversation)).size).toBe(60);
    expect(items).toHaveLength(60);
    const whole = await list(`limit=200&${query}`, 'many');
    expect(items.map((item) => item.conversation)).toEqual(whole);
  });

  it('is not disturbed between pages by what comes on top', async () => {
    await insertRows(api.pool, api.account, 'twins', twins('a', 30));
    const first = await api.get('/v1/inboxes/twins/conversations?limit=10');
    const later = Array.from({ length: 5 }, (_, i) => ({ conversation: `z_later_${i}`, active: 0 }));
    await insertRows(api.pool, api.account, 'twins', later);
    const cursor = first.body.next_cursor as string;
    const second = await api.get(`/v1/inboxes/twins/conversations?limit=100&cursor=${cursor}`);
    const seen = [...first.body.items, ...second.body.items].map((item) => item.conversation);
    expect(seen.sort()).toEqual(twins('a', 30).map((row) => row.conversation));
  });

  it('does not take the cursor of another sort, inbox or hand: 400', async () => {
    const { body } = await api.get('/v1/inboxes/support/conversations?limit=1');
    const cursor = body.next_cursor as string;
    for (const path of [
      `/v1/inboxes/support/conversations?sort=waiting_since&cursor=${cursor}`,
      `/v1/inboxes/empty/conversations?cursor=${cursor}`,
      `/v1/inboxes/support/conversations?cursor=${cursor.slice(1)}`,
      `/v1/inboxes/support/conversations?cursor=AAAAAAAAAAAA`,
    ]) {
      isProblem(await api.get(path), 400);
    }
  });
});

/** All at the same microsecond, so only their names differ. */
const twins = (name: string, n: number): Row[] =>
  Array.from({ length: n }, (_, i) => ({
    conversation: `${name}_${String(i).padStart(3, '0')}`,
    active: 60,
  }));

const many = (): Row[] => [
  ...twins('t', 30),
  ...Array.from({ length: 30 }, (_, i) => ({
    conversation: `w_${i}`,
    status: i % 2 ? 'new' : 'in_progress',
    active: i / 1e6,
    waiting: i % 3 ? Math.floor(i / 4) : undefined,
    window: i % 4 ? Math.floor(i / 5) : undefined,
  })),
];

describe('the counts', () => {
  it('tell what the list shows: archived ones only where asked', async () => {
    const { body } = await api.get('/v1/inboxes/support/counts');
    expect(countsAnswer.safeParse(body).error).toBeUndefined();
    expect(body).toEqual({
      total: 7,
      unread: 2,
      archived: 0,
      snoozed: 1,
      status: { not_contacted: 1, new: 1, in_progress: 2, in_flow: 1, resolved: 1, closed: 1 },
      waiting_on: { agent: 2, customer: 1, bot: 1, survey: 1, nobody: 2 },
    });
  });

  const single = [
    ...['status=closed', 'status=new,in_progress', 'archived=true', 'archived=any', 'unread=true'],
    ...['unread=false', 'snoozed=true', 'snoozed=false', 'agent=ana', 'agent=nobody', 'team=blue', 'tag=vip'],
    ...['agent=none', 'blocked=true', 'blocked=false', 'waiting_on=agent', 'window=open', 'window=closed'],
  ];
  const nameOf = (query: string) => query.split('=')[0];
  const pairs = single.flatMap((one, i) =>
    single.slice(i + 1).flatMap((other) => (nameOf(one) === nameOf(other) ? [] : `${one}&${other}`)),
  );

  it.each(['', ...single, ...pairs])('never say another number than the list: “%s”', async (query) => {
    const { items } = (await api.get(`/v1/inboxes/support/conversations?limit=200&${query}`)).body;
    const number = (test: (item: (typeof items)[number]) => boolean) => items.filter(test).length;
    expect((await api.get(`/v1/inboxes/support/counts?${query}`)).body).toEqual({
      total: items.length,
      unread: number((item) => item.unread === true),
      archived: number((item) => item.archived === true),
      snoozed: number((item) => item.snoozed_until !== null),
      status: Object.fromEntries(STATUSES.map((s) => [s, number((item) => item.status === s)])),
      waiting_on: Object.fromEntries(WAITED_ON.map((w) => [w, number((item) => item.waiting_on === w)])),
    });
  });

  it.each([
    'sort=waiting_since',
    'limit=1',
    'archived=maybe',
    'status=',
    'waiting_on=me',
    'window=ajar',
    'blocked=1',
  ])('refuse “%s”: 400', async (query) => {
    isProblem(await api.get(`/v1/inboxes/support/counts?${query}`), 400);
  });

  it('of an empty inbox are zeros; of an unknown one are not there: 404', async () => {
    const { body } = await api.get('/v1/inboxes/empty/counts');
    const status = Object.fromEntries(STATUSES.map((s) => [s, 0]));
    const waiting_on = Object.fromEntries(WAITED_ON.map((w) => [w, 0]));
    expect(body).toEqual({ total: 0, unread: 0, archived: 0, snoozed: 0, status, waiting_on });
    isProblem(await api.get('/v1/inboxes/nowhere/counts'), 404);
  });
});
