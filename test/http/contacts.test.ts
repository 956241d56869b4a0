import { TestApi } from './support/api';

let api: TestApi;

beforeAll(async () => {
  api = await TestApi.start();
  await api.inbox({}, 'support');
});
afterAll(() => api.stop());

const add = (conversations: unknown) => api.post('/v1/inboxes/support/contacts', { conversations });

it('makes conversations nobody has written in', async () => {
  const answer = await add(['n_1', 'n_2']);
  expect(answer).toMatchObject({ status: 200, body: { created: 2, known: 0 } });
  const { body } = await api.get('/v1/inboxes/support/conversations/n_1');
  expect(body).toMatchObject({ status: 'not_contacted', version: 0, episode: 0, started_at: null });
});

it('leaves those that are known alone, also those named twice', async () => {
  await add(['k_1']);
  const before = await api.get('/v1/inboxes/support/conversations/k_1');
  expect((await add(['k_1', 'k_2', 'k_2', 'k_3'])).body).toEqual({ created: 2, known: 2 });
  expect((await api.get('/v1/inboxes/support/conversations/k_1')).body).toEqual(before.body);
});

it('takes ten thousand, and none', async () => {
  const many = Array.from({ length: 10_000 }, (_, i) => `many.${i}:${'x'.repeat(50)}`);
  expect((await add(many)).body).toEqual({ created: 10_000, known: 0 });
  expect((await add([])).body).toEqual({ created: 0, known: 0 });
});

it.each([
  ['more than ten thousand', Array.from({ length: 10_001 }, (_, i) => `c${i}`), 'conversations'],
  ['an id that is none', ['fine', 'a/b'], 'conversations.1'],
  ['a number', [1], 'conversations.0'],
  ['no list', 'c_1', 'conversations'],
])('refuses %s: 400', async (_, conversations, path) => {
  const answer = await add(conversations);
  expect(answer.status).toBe(400);
  expect(answer.body.errors).toMatchObject([{ path }]);
});

it('names at most twenty of ten thousand wrong ones', async () => {
  const answer = await add(Array.from({ length: 10_000 }, () => '/'));
  expect(answer.status).toBe(400);
  expect(answer.body.errors).toHaveLength(20);
});

it('does not know an unknown inbox: 404', async () => {
  const answer = await api.post('/v1/inboxes/nowhere/contacts', { conversations: ['c'] });
  expect(answer.status).toBe(404);
});

it('makes each once when many ask at once, in any order of names', async () => {
  const ids = Array.from({ length: 500 }, (_, i) => `race_${i}`);
  const asked = Array.from({ length: 8 }, (_, i) => add(i % 2 ? ids : [...ids].reverse()));
  const answers = await Promise.all(asked);
  expect(answers.map((answer) => answer.status)).toEqual(Array(8).fill(200));
  const created = answers.reduce((sum, answer) => sum + Number(answer.body.created), 0);
  expect(created).toBe(500);
});
