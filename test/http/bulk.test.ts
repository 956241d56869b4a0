/** One event for many conversations: counted, frozen, decided once each, aborted, tried again. */
import { claimUndecided, claimUnsent } from '../../src/db/bulk-work';
import { eventually } from '../workflows/support/eventually';
import { Deciding } from './support/deciding';
import { isProblem } from './support/problem';

let d: Deciding;
beforeAll(async () => void (d = await Deciding.start()));
afterAll(() => d.stop());

const CLOSE = { type: 'close', agent: 'ana', skip_survey: true };

/** An inbox with so many conversations that have begun, and so many that nobody wrote in. */
async function inboxOf(begun: number, contacts = 0): Promise<string> {
  const inbox = await d.api.inbox();
  const names = (of: string, n: number) => Array.from({ length: n }, (_, i) => `${of}_${i}`);
  if (contacts > 0)
    await d.api.post(`/v1/inboxes/${inbox}/contacts`, { conversations: names('n', contacts) });
  const event = (conversation: string) => ({ conversation, event: { id: 'm', type: 'message' } });
  await d.take(inbox, names('c', begun).map(event));
  await eventually('all have begun', async () => (await counts(inbox)).new === begun);
  return inbox;
}

const counts = async (inbox: string) =>
  (await d.api.get(`/v1/inboxes/${inbox}/counts?archived=any`)).body.status as Record<string, number>;

async function started(inbox: string, body: object, headers = {}) {
  const answer = await d.api.post(`/v1/inboxes/${inbox}/bulk`, body, { headers });
  expect([answer.status, answer.text]).toEqual([202, answer.text]);
  expect(answer.headers.get('location')).toBe(`/v1/inboxes/${inbox}/bulk/${String(answer.body.job)}`);
  return answer.body as unknown as { job: string; count: number };
}

const read = async (inbox: string, job: string, query = '') =>
  (await d.api.get(`/v1/inboxes/${inbox}/bulk/${job}${query}`)).body;

const ended = (inbox: string, job: string) =>
  eventually(
    'it has ended',
    async () => {
      const found = await read(inbox, job);
      return found.ended_at === null ? null : found;
    },
    50_000,
  );

test('a bulk close tells which conversations it was refused, each with its rule', async () => {
  const inbox = await inboxOf(8, 2);
  const wanted = { event: CLOSE, filter: { status: ['new', 'not_contacted'] } };
  expect((await d.api.post(`/v1/inboxes/${inbox}/bulk`, { ...wanted, dry_run: true })).body).toEqual({
    count: 10,
  });
  const { job, count } = await started(inbox, wanted);
  expect(count).toBe(10);
  const done = await ended(inbox, job);
  expect(done).toMatchObject({
    ...{ state: 'done', event: CLOSE, count: 10, retry_of: null },
    results: { applied: 8, ignored: 0, refused: 2, left: 0 },
  });
  expect((await read(inbox, job, '?result=refused')).items).toEqual(
    ['n_0', 'n_1'].map((conversation) => ({
      conversation,
      verdict: 'refused',
      reason: null,
      rule: 'not_open',
    })),
  );
  const first = await read(inbox, job, '?limit=6');
  const rest = await read(inbox, job, `?limit=6&cursor=${String(first.next_cursor)}`);
  expect([...first.items, ...rest.items]).toHaveLength(10);
  expect(rest.next_cursor).toBeNull();
  const { items } = (await d.api.get(`/v1/inboxes/${inbox}/conversations/c_0/timeline`)).body;
  expect(items[0]).toMatchObject({ event: `bulk.${job}`, type: 'close', by: 'ana' });
});

test('those that were refused are tried again, with the same event', async () => {
  const inbox = await inboxOf(1, 1);
  const { job } = await started(inbox, {
    event: { type: 'tag_add', tags: ['vip'] },
    conversations: ['c_0', 'n_0'],
  });
  expect(await ended(inbox, job)).toMatchObject({ results: { applied: 1, refused: 1 } });
  await d.take(inbox, [{ conversation: 'n_0', event: { id: 'm', type: 'message' } }]);
  const again = await started(inbox, { retry: job });
  expect(again.count).toBe(1);
  expect(await ended(inbox, again.job)).toMatchObject({
    ...{ retry_of: job, results: { applied: 1, refused: 0 }, event: { type: 'tag_add', tags: ['vip'] } },
  });
});

test('whom it is for is settled when it is made', async () => {
  const inbox = await inboxOf(3);
  await d.service.stopWorker();
  const { job } = await started(inbox, { event: CLOSE, filter: {} });
  await d.api.post(`/v1/inboxes/${inbox}/contacts`, { conversations: ['later'] });
  await d.service.startWorker();
  const done = await ended(inbox, job);
  expect(done.items.map(({ conversation }) => conversation)).toEqual(['c_0', 'c_1', 'c_2']);
});

test('an aborted one sends no more, and what it sent is decided', async () => {
  const inbox = await inboxOf(0, 450);
  const { job } = await started(inbox, { event: { type: 'block', by: 'ana' }, filter: {} });
  await eventually(
    'it has begun',
    async () => ((await read(inbox, job)).results as { applied: number }).applied > 0,
  );
  const aborted = await d.api.ask('DELETE', `/v1/inboxes/${inbox}/bulk/${job}`);
  expect([aborted.status, aborted.body.state]).toEqual([200, 'aborting']);
  const done = await ended(inbox, job);
  const { applied, left } = done.results as { applied: number; left: number };
  expect([done.state, applied + left]).toEqual(['aborted', 450]);
  expect(left).toBeGreaterThan(0);
  const blocked = await d.api.get(`/v1/inboxes/${inbox}/counts?blocked=true`);
  expect(blocked.body.total).toBe(applied);
  expect((await d.api.ask('DELETE', `/v1/inboxes/${inbox}/bulk/${job}`)).body).toMatchObject({
    state: 'aborted',
  });
});

test('the same Idempotency-Key is the same job', async () => {
  const inbox = await inboxOf(2);
  const wanted = { event: CLOSE, filter: {} };
  const headers = { 'Idempotency-Key': 'the same' };
  const first = await started(inbox, wanted, headers);
  await ended(inbox, first.job);
  expect(await started(inbox, wanted, headers)).toMatchObject({ job: first.job, state: 'done', count: 2 });
  expect((await started(inbox, wanted)).job).not.toBe(first.job);
});

test('a repeat is the same job also when its times are over', async () => {
  const inbox = await inboxOf(0, 1);
  const headers = { 'Idempotency-Key': 'late' };
  const until = new Date(Date.now() + 1_500).toISOString();
  const wanted = { event: { type: 'snooze', until }, filter: {} };
  const { job } = await started(inbox, wanted, headers);
  await eventually('its time is over', () => Promise.resolve(Date.now() > Date.parse(until)));
  expect(await started(inbox, wanted, headers)).toMatchObject({ job, count: 1 });
  isProblem(await d.api.post(`/v1/inboxes/${inbox}/bulk`, wanted), 400);
});

test('a key that was used for another job is refused', async () => {
  const inbox = await inboxOf(2);
  const again = async (key: string, body: object) =>
    (await d.api.post(`/v1/inboxes/${inbox}/bulk`, body, { headers: { 'Idempotency-Key': key } })).status;
  const filtered = { event: CLOSE, filter: { status: ['new'] } };
  const named = { event: { type: 'tag_add', tags: ['vip'] }, conversations: ['c_0', 'c_1'] };
  const { job } = await started(inbox, filtered, { 'Idempotency-Key': 'f' });
  await started(inbox, named, { 'Idempotency-Key': 'n' });
  await started(inbox, { retry: job }, { 'Idempotency-Key': 'r' });
  expect(await again('f', { ...filtered, filter: { status: ['new'], archived: false } })).toBe(202);
  expect(await again('n', { ...named, conversations: ['c_1', 'c_0', 'c_1'] })).toBe(202);
  expect(await again('r', { retry: job })).toBe(202);
  for (const [key, body] of [
    ['f', { ...filtered, event: { ...CLOSE, agent: 'ben' } }],
    ['f', { ...filtered, filter: { status: ['in_progress'] } }],
    ['f', { event: CLOSE, conversations: ['c_0', 'c_1'] }],
    ['n', { ...named, conversations: ['c_0'] }],
    ['n', { ...named, conversations: ['c_0', 'c_2'] }],
    ['n', { ...named, conversations: ['c_0', 'c_1', 'c_2'] }],
    ['r', named],
  ] as const)
    expect([key, body, await again(key, body)]).toEqual([key, body, 422]);
});

test('under another name a conversation gets the event once, and a repeat is the same job', async () => {
  const inbox = await inboxOf(2);
  const alias = (name: string, conversation: string) =>
    d.api.put(`/v1/inboxes/${inbox}/aliases/${name}`, { conversation });
  await alias('other', 'c_0');
  const wanted = { event: CLOSE, conversations: ['other', 'c_0', 'c_1', 'other'] };
  const counted = await d.api.post(`/v1/inboxes/${inbox}/bulk`, { ...wanted, dry_run: true });
  expect(counted.body).toEqual({ count: 2 });
  const headers = { 'Idempotency-Key': 'named' };
  const { job } = await started(inbox, wanted, headers);
  const done = await ended(inbox, job);
  expect(done.results).toMatchObject({ applied: 2, refused: 0, left: 0 });
  expect(done.items.map(({ conversation }) => conversation).sort()).toEqual(['c_0', 'c_1']);
  expect((await alias('other', 'c_1')).status).toBe(200); // it has no life of its own
  expect(await started(inbox, wanted, headers)).toMatchObject({ job });
});

test('nothing is sent to a conversation that is being erased, and the job ends without it', async () => {
  const inbox = await inboxOf(2);
  await d.service.stopWorker();
  const { job } = await started(inbox, { event: CLOSE, conversations: ['c_0', 'c_1'] });
  expect((await d.api.ask('DELETE', `/v1/inboxes/${inbox}/conversations/c_0`)).status).toBe(202);
  const { pool } = d.service.database;
  expect(await claimUnsent(pool, job, 100)).toEqual(['c_1']);
  await pool.query('UPDATE bulk_items SET sent_at = now() WHERE job = $1', [job]);
  expect(await claimUndecided(pool, job, 100, new Date(Date.now() + 60_000))).toEqual(['c_1']);
  await pool.query('UPDATE bulk_items SET sent_at = NULL WHERE job = $1', [job]);
  await d.service.startWorker();
  expect(await ended(inbox, job)).toMatchObject({ state: 'done', results: { applied: 1, left: 1 } });
});

test('a filter that matches nothing is done at once', async () => {
  const inbox = await d.api.inbox();
  const { job } = await started(inbox, { event: CLOSE, filter: { tag: 'none has it' } });
  expect(await ended(inbox, job)).toMatchObject({ state: 'done', count: 0, items: [] });
});

describe('what cannot be done is refused, and named:', () => {
  it.each([
    [{ filter: {} }, 'event'],
    [{ event: CLOSE }, 'filter'],
    [{ event: CLOSE, filter: {}, conversations: ['c_1'] }, 'conversations'],
    [{ event: CLOSE, conversations: [] }, 'conversations'],
    [{ event: CLOSE, conversations: ['a b'] }, 'conversations.0'],
    [{ event: { ...CLOSE, id: 'x' }, filter: {} }, 'event.id'],
    [{ event: { type: 'close' }, filter: {} }, 'event.agent'],
    [{ event: { type: 'vanish' }, filter: {} }, 'event.type'],
    [{ event: { type: 'snooze', until: '2020-01-01T00:00:00Z' }, filter: {} }, 'event.until'],
    [{ event: CLOSE, filter: { status: ['open'] } }, 'filter.status.0'],
    [{ event: CLOSE, filter: { colour: 'red' } }, 'filter.colour'],
    [{ event: CLOSE, retry: 'bulk_00000000-0000-0000-0000-000000000000' }, 'event'],
  ])('%j: %s', async (body, path) => {
    const answer = await d.api.post('/v1/inboxes/support/bulk', body);
    isProblem(answer, 400);
    expect(answer.body.errors).toEqual([{ path, message: expect.any(String) as string }]);
  });

  it('an inbox or a job that does not exist: 404', async () => {
    const nowhere = '/v1/inboxes/support/bulk/bulk_00000000-0000-0000-0000-000000000000';
    isProblem(await d.api.post('/v1/inboxes/nowhere/bulk', { event: CLOSE, filter: {} }), 404);
    isProblem(await d.api.get(nowhere), 404);
    isProblem(await d.api.ask('DELETE', nowhere), 404);
    const other = await d.api.inbox();
    const { job } = await started(await d.api.inbox(), { event: CLOSE, filter: {} });
    isProblem(await d.api.get(`/v1/inboxes/${other}/bulk/${job}`), 404);
  });
});
