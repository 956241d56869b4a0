import { setTimeout as sleep } from 'node:timers/promises';
import { SCOPES, type Scope } from '../../src/db/keys';
import { TestApi } from './support/api';
import { isProblem } from './support/problem';

let api: TestApi;
/** another process on the same database */
let other: TestApi;

beforeAll(async () => {
  api = await TestApi.start();
  const { url } = api.database;
  other = await TestApi.start({ database: { url, pool: api.pool } });
});
afterAll(async () => {
  await other.stop();
  await api.stop();
});

const wanted = { name: 'inbox', scopes: ['events:write', 'conversations:read'] };

async function made(parts: object = {}, asking = {}) {
  const { status, text, body } = await api.post('/v1/keys', { ...wanted, ...parts }, asking);
  if (status !== 201) throw new Error(text);
  return body as unknown as { key_id: string; key: string; expires_at: string };
}

const isLetIn = async (key: string, at = api) => (await at.get('/v1/inboxes', { key })).status;

/** Milliseconds until the key is refused. */
async function refusedAfter(key: string, at: TestApi): Promise<number> {
  const started = performance.now();
  while ((await isLetIn(key, at)) !== 401) await sleep(10);
  return performance.now() - started;
}

test('a key is made with a rate of 200 and without an end, works at once, and is shown this once', async () => {
  const { status, body } = await api.post('/v1/keys', wanted);
  expect(status).toBe(201);
  expect(body).toEqual({
    ...wanted,
    key_id: expect.any(String) as string,
    rate_per_second: 200,
    expires_at: null,
    created_at: expect.any(String) as string,
    key: expect.stringMatching(/^cs_[\w-]{43}$/) as string,
  });
  expect(await isLetIn(String(body.key))).toBe(200);
  const { key, ...shown } = body;
  const listed = await api.get('/v1/keys');
  expect(listed.body.items).toContainEqual(shown);
  expect(listed.text).not.toContain(key);
});

test('only a hash of a key is kept', async () => {
  const { key } = await made();
  const { rows } = await api.pool.query(`SELECT row_to_json(k)::text AS row FROM api_keys k
    UNION ALL SELECT row_to_json(a)::text FROM audit a`);
  expect(JSON.stringify(rows)).not.toContain(key);
});

test('a key gives no scope that it has not', async () => {
  const key = await api.addKey(['keys:write', 'conversations:read']);
  const refused = await api.post(
    '/v1/keys',
    { ...wanted, scopes: ['conversations:read', 'events:write'] },
    { key },
  );
  isProblem(refused, 403);
  expect(refused.headers.get('www-authenticate')).toContain('events:write');
  const given = await api.post('/v1/keys', { ...wanted, scopes: ['conversations:read'] }, { key });
  expect(given.status).toBe(201);
});

test('keys are listed in pages: those of the account that are not revoked', async () => {
  const key = await api.addKey(undefined, 'listing');
  for (let i = 0; i < 4; i += 1) await made({ name: `k${i}` }, { key });
  const revoked = await made({ name: 'gone' }, { key });
  await api.ask('DELETE', `/v1/keys/${revoked.key_id}`, { key });
  const listed = await api.all('/v1/keys', 2, { key });
  expect(listed.map((k) => k.name).sort()).toEqual(['k0', 'k1', 'k2', 'k3', 'test']);
});

test('a revoked key is refused by every process within a second', async () => {
  const { key, key_id } = await made();
  expect([await isLetIn(key), await isLetIn(key, other)]).toEqual([200, 200]);
  const { status, text } = await api.ask('DELETE', `/v1/keys/${key_id}`);
  expect([status, text]).toEqual([204, '']);
  for (const at of [api, other]) expect(await refusedAfter(key, at)).toBeLessThan(1_000);
  isProblem(await api.ask('DELETE', `/v1/keys/${key_id}`), 404);
  const kept = await api.pool.query('SELECT revoked_at FROM api_keys WHERE id = $1', [key_id]);
  expect(kept.rows).toEqual([{ revoked_at: expect.any(Date) as Date }]);
});

test('a key that has expired is refused by every process, and its streams end, within a second', async () => {
  const inbox = await api.inbox();
  const expires_at = new Date(Date.now() + 2_500).toISOString();
  const { key } = await made({ expires_at });
  const stream = await fetch(`${other.url}/v1/inboxes/${inbox}/stream`, {
    headers: { Authorization: `Bearer ${key}` },
  });
  expect(stream.status).toBe(200);
  await stream.text();
  const late = Date.now() - Date.parse(expires_at);
  expect(late).toBeGreaterThanOrEqual(0);
  expect(late).toBeLessThan(1_500);
  expect([await isLetIn(key), await isLetIn(key, other)]).toEqual([401, 401]);
});

test('another account’s key is not found, and stays', async () => {
  const { key, key_id } = await made();
  const stranger = await api.addKey(SCOPES, 'stranger');
  isProblem(await api.ask('DELETE', `/v1/keys/${key_id}`, { key: stranger }), 404);
  expect(JSON.stringify((await api.get('/v1/keys', { key: stranger })).body)).not.toContain(key_id);
  expect(await isLetIn(key)).toBe(200);
});

test.each(['no-such-key', '00000000-0000-4000-8000-000000000000'])('there is no key %s', async (id) => {
  isProblem(await api.ask('DELETE', `/v1/keys/${id}`), 404);
});

test.each([
  [{ name: '' }, 'name'],
  [{ name: 'a\0' }, 'name'],
  [{ scopes: [] }, 'scopes'],
  [{ scopes: ['everything'] }, 'scopes.0'],
  [{ rate_per_second: 0 }, 'rate_per_second'],
  [{ rate_per_second: 1.5 }, 'rate_per_second'],
  [{ rate_per_second: null }, 'rate_per_second'],
  [{ expires_at: 'tomorrow' }, 'expires_at'],
  [{ expires_at: '2020-01-01T00:00:00Z' }, 'expires_at'],
  [{ key: 'mine' }, 'key'],
])('a key with %j is refused', async (parts, path) => {
  const answer = await api.post('/v1/keys', { ...wanted, ...parts });
  isProblem(answer, 400);
  expect(answer.body.errors).toMatchObject([{ path }]);
});

describe('an account', () => {
  it('is made with a first key, which may do everything within it and make no accounts', async () => {
    const { status, body } = await api.ask('PUT', '/v1/accounts/acme');
    expect(status).toBe(201);
    expect(body).toMatchObject({ account: 'acme', name: 'first', rate_per_second: 200 });
    const key = String(body.key);
    expect(body.scopes).toEqual(SCOPES.filter((scope: Scope) => scope !== 'accounts:write'));
    expect((await api.put('/v1/inboxes/support', { settings: {} }, { key })).status).toBe(201);
    isProblem(await api.ask('PUT', '/v1/accounts/other', { key }), 403);
    isProblem(await api.post('/v1/keys', { ...wanted, scopes: ['accounts:write'] }, { key }), 403);
    expect((await api.get('/v1/keys', { key })).body.items.map((k) => k.name)).toEqual(['first']);
  });

  it('that exists is answered without a key, and gets none', async () => {
    await api.ask('PUT', '/v1/accounts/there');
    const { status, body } = await api.ask('PUT', '/v1/accounts/there');
    expect(status).toBe(200);
    expect(body).toEqual({ account: 'there', created_at: expect.any(String) as string });
    const { rows } = await api.pool.query(`SELECT FROM api_keys WHERE account = 'there'`);
    expect(rows).toHaveLength(1);
  });

  it('that is made twice at once gets one key', async () => {
    const made = await Promise.all(Array.from({ length: 10 }, () => api.ask('PUT', '/v1/accounts/twice')));
    expect(made.map((answer) => answer.status).sort()).toEqual([...Array<number>(9).fill(200), 201]);
  });

  it('named like no account can be is refused', async () => {
    isProblem(await api.ask('PUT', '/v1/accounts/a%20b'), 400);
  });
});
