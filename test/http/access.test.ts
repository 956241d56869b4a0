import { ensureBootstrapKey, SCOPES, type Scope } from '../../src/db/keys';
import { settings } from '../channels/whatsapp/support/meta';
import { TestApi, type Answered } from './support/api';
import { isProblem } from './support/problem';

let api: TestApi;

beforeAll(async () => {
  api = await TestApi.start();
  await api.inbox({}, 'support');
  await api.post('/v1/inboxes/support/contacts', { conversations: ['c_1', 'quiet'] });
});
afterAll(() => api.stop());

const one = '/v1/inboxes/support/conversations/c_1';
const endpoints: [string, string, Scope, unknown?][] = [
  ['PUT', '/v1/inboxes/support', 'inboxes:write', { settings: {} }],
  ['PATCH', '/v1/inboxes/support', 'inboxes:write', {}],
  ['GET', '/v1/inboxes/support', 'conversations:read'],
  ['GET', '/v1/inboxes', 'conversations:read'],
  ['PUT', '/v1/inboxes/support/whatsapp', 'inboxes:write', settings()],
  ['GET', '/v1/inboxes/support/whatsapp', 'inboxes:write'],
  ['POST', '/v1/inboxes/support/contacts', 'events:write', { conversations: ['x'] }],
  ['POST', `${one}/events`, 'events:write', { id: 'm1', type: 'message' }],
  ['GET', one, 'conversations:read'],
  // no worker runs here, so its workflow must not run
  ['GET', '/v1/inboxes/support/conversations/quiet?consistency=strong', 'conversations:read'],
  ['GET', `${one}/timeline`, 'conversations:read'],
  ['GET', `${one}/episodes`, 'conversations:read'],
  ['GET', '/v1/inboxes/support/conversations', 'conversations:read'],
  ['GET', '/v1/inboxes/support/counts', 'conversations:read'],
  ['POST', '/v1/inboxes/support/broadcasts/eligibility', 'conversations:read', { conversations: ['c_1'] }],
  ['GET', '/v1/inboxes/support/broadcasts/audience', 'conversations:read'],
];

describe.each(endpoints)('%s %s', (method, path, scope, body) => {
  const ask = (key: string | null) => api.ask(method, path, { key, body });

  it('needs a key: 401', async () => {
    const answer = await ask(null);
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
    isProblem(answer, 401);
  });

  it('does not know an unknown key: 401, and tells nothing else than without one', async () => {
    const [unknown, none] = [await ask('no-such-key'), await ask(null)];
    expect(unknown.status).toBe(401);
    expect({ ...unknown.body, instance: '' }).toEqual({ ...none.body, instance: '' });
  });

  it('does not take a revoked key, at once: 401', async () => {
    const key = await api.addKey();
    expect((await ask(key)).status).not.toBe(401);
    await api.pool.query(`UPDATE api_keys SET revoked_at = now() WHERE key_hash = sha256($1::bytea)`, [key]);
    const revoked = await eventuallyRefused(() => ask(key));
    expect(revoked).toBe(401);
  });

  it(`needs the scope ${scope}: 403`, async () => {
    const key = await api.addKey(SCOPES.filter((s) => s !== scope));
    const answer = await ask(key);
    expect(answer.status).toBe(403);
    isProblem(answer, 403);
  });

  it('needs no other scope', async () => {
    const key = await api.addKey([scope]);
    expect((await ask(key)).status).toBeLessThan(300);
  });

  it('shows and changes nothing of another account: 404, or only its own', async () => {
    const stranger = await api.addKey(SCOPES, 'stranger');
    const before = await dump();
    const answer = await ask(stranger);
    if (path === '/v1/inboxes') expect(answer.body.items).toEqual([]);
    else if (path === '/v1/inboxes/support' && method === 'PUT') expect(answer.status).toBe(201);
    else expect(answer.status).toBe(404);
    expect(await dump()).toEqual(before);
    await api.pool.query(`DELETE FROM inboxes WHERE account = 'stranger'`);
  });
});

async function eventuallyRefused(ask: () => Promise<Answered>): Promise<number> {
  for (let i = 0; ; i++) {
    const { status } = await ask();
    if (status === 401 || i === 20) return status;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

async function dump(): Promise<unknown> {
  const { rows } = await api.pool.query(
    `SELECT (SELECT json_agg(i) FROM inboxes i WHERE account = $1) AS inboxes,
            (SELECT json_agg(c) FROM conversations c WHERE account <> 'stranger') AS conversations,
            (SELECT count(*) FROM conversations WHERE account = 'stranger') AS foreign`,
    [api.account],
  );
  return rows;
}

it('takes the scheme of the key in any case', async () => {
  const answer = await api.get('/v1/inboxes', { key: null, headers: { Authorization: `bearer ${api.key}` } });
  expect(answer.status).toBe(200);
});

it('makes the bootstrap key once, with every scope, and leaves it revoked', async () => {
  await ensureBootstrapKey(api.pool, 'bootstrap-key');
  await ensureBootstrapKey(api.pool, 'bootstrap-key');
  const find = async () =>
    (
      await api.pool.query<object>(
        `SELECT account, scopes, revoked_at FROM api_keys WHERE name = 'bootstrap'`,
      )
    ).rows;
  expect(await find()).toEqual([{ account: 'default', scopes: [...SCOPES], revoked_at: null }]);
  expect((await api.get('/v1/inboxes', { key: 'bootstrap-key' })).status).toBe(200);
  await api.pool.query(`UPDATE api_keys SET revoked_at = now() WHERE name = 'bootstrap'`);
  await ensureBootstrapKey(api.pool, 'bootstrap-key');
  expect(await find()).toMatchObject([{ revoked_at: expect.any(Date) as Date }]);
});
