/** Each key is held to its rate: 200 a second where nothing is said, and as many at once. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ensureBootstrapKey } from '../../src/db/keys';
import { TestApi, type Answered } from './support/api';
import { isProblem } from './support/problem';

let api: TestApi;
/** another process on the same database */
let other: TestApi;
let inbox: string;

beforeAll(async () => {
  api = await TestApi.start();
  other = await TestApi.start({ database: api.database });
  inbox = await api.inbox();
});
afterAll(async () => {
  await other.stop();
  await api.stop();
});

async function keyWith(rate_per_second?: number): Promise<string> {
  const wanted = { name: 'limited', scopes: ['conversations:read', 'events:write'], rate_per_second };
  return String((await api.post('/v1/keys', wanted)).body.key);
}

const ask = (key: string, at = api) => at.get('/v1/inboxes', { key });

const left = ({ headers }: Answered) => Number(/;r=(\d+);/.exec(headers.get('ratelimit') ?? '')?.[1]);

/** Events that no conversation takes: each is answered by itself, and counted. */
const batch = (key: string, length: number) =>
  api.post(`/v1/inboxes/${inbox}/events`, Array<object>(length).fill({}), { key });

test('within its rate a key is told how much is left', async () => {
  const key = await keyWith(10);
  const answer = await ask(key);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('ratelimit-policy')).toBe('"key";q=10;w=1');
  expect(answer.headers.get('ratelimit')).toBe('"key";r=9;t=1');
});

test('over its rate it gets 429, and what it is told to wait is enough', async () => {
  const key = await keyWith(1);
  await batch(key, 3);
  const refused = await ask(key);
  isProblem(refused, 429);
  expect(refused.headers.get('ratelimit')).toMatch(/^"key";r=0;t=[123]$/);
  expect(refused.headers.get('ratelimit-policy')).toBe('"key";q=1;w=1');
  await sleep(Number(refused.headers.get('retry-after')) * 1_000);
  expect((await ask(key)).status).toBe(200);
});

test('a key without a rate of its own has 200 a second and as many at once', async () => {
  const key = await keyWith();
  const answers = await Promise.all([batch(key, 200), batch(key, 200)]);
  expect(answers.map((answer) => answer.status).sort()).toEqual([200, 429]);
  expect(answers[0].headers.get('ratelimit-policy')).toBe('"key";q=200;w=1');
});

test('one key’s rate is not another’s', async () => {
  const [greedy, good] = [await keyWith(2), await keyWith(2)];
  await batch(greedy, 100);
  expect([(await ask(greedy)).status, (await ask(good)).status]).toEqual([429, 200]);
});

test('a batch counts each of its events', async () => {
  const key = await keyWith(100);
  expect(left(await batch(key, 60))).toBe(40);
});

test('a batch that is larger than the rate is taken by a key that owes nothing, which then waits the longer', async () => {
  const key = await keyWith(50);
  expect((await batch(key, 500)).status).toBe(200);
  const refused = await ask(key);
  isProblem(refused, 429);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(5);
  isProblem(await batch(key, 500), 429);
});

test('a request that is not valid counts too', async () => {
  const answer = await api.get('/v1/inboxes?limit=0', { key: await keyWith(10) });
  expect([answer.status, left(answer)]).toEqual([400, 9]);
});

test('what a key has used at one process, all others know within a second', async () => {
  const key = await keyWith(10);
  expect((await ask(key, other)).status).toBe(200);
  await batch(key, 200);
  const started = performance.now();
  let refused = await ask(key, other);
  while (refused.status !== 429 && performance.now() - started < 5_000) {
    await sleep(50);
    refused = await ask(key, other);
  }
  expect(performance.now() - started).toBeLessThan(1_000);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(10);
});

test('where they cannot tell each other, each goes on by itself', async () => {
  await api.pool.query('ALTER TABLE key_rates RENAME TO away');
  try {
    const key = await keyWith(10);
    expect((await ask(key)).status).toBe(200);
    await sleep(500);
    expect((await batch(key, 200)).status).toBe(200);
    await sleep(500);
    expect([(await ask(key)).status, (await ask(key, other)).status]).toEqual([429, 200]);
  } finally {
    await api.pool.query('ALTER TABLE away RENAME TO key_rates');
  }
});

test('the bootstrap key has no limit', async () => {
  await ensureBootstrapKey(api.pool, 'bootstrap-key');
  const rest = { headers: { Prefer: 'respond-async' }, key: 'bootstrap-key' };
  await api.put(`/v1/inboxes/${inbox}`, { settings: {} }, rest);
  for (let i = 0; i < 3; i += 1) {
    const answer = await api.post(`/v1/inboxes/${inbox}/events`, Array<object>(1_000).fill({}), rest);
    expect([answer.status, answer.headers.get('ratelimit')]).toEqual([200, null]);
  }
});
