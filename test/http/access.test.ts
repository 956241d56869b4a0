/** Every operation of the description, asked by those who may not: an operation that is new is in here by itself. */
import { ensureBootstrapKey, SCOPES, type Scope } from '../../src/db/keys';
import { TestApi, type Answered } from './support/api';
import { describedBy, type DescribedOperation } from './support/described';
import { isProblem } from './support/problem';

interface Asked {
  name: string;
  method: string;
  path: string;
  scope: Scope;
  body: unknown;
  /** whether it wants the name of what it is about once more */
  confirmed: boolean;
  /** of the body */
  type: string | undefined;
}

/** What a stranger is answered who has all scopes in an account of their own; everything else is 404. */
const OF_ONES_OWN: Record<string, number> = {
  put_inbox: 201,
  list_inboxes: 200,
  add_webhook: 201,
  list_webhooks: 200,
  add_key: 201,
  list_keys: 200,
  list_audit: 200,
  read_health: 200,
  put_account: 200,
};

let api: TestApi;
let operations: Asked[];

beforeAll(async () => {
  api = await TestApi.start();
  await api.inbox({}, 'support');
  await api.post('/v1/inboxes/support/contacts', { conversations: ['c_1'] });
  await api.ask('PUT', `/v1/accounts/${api.account}`);
  const { paths } = await describedBy(api);
  const found = Object.entries(paths).map(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => askedOf(method, path, operation)),
  );
  // what erases the account comes last: nothing is there after it
  operations = found
    .flat()
    .sort((a, b) => Number(a.name === 'erase_account') - Number(b.name === 'erase_account'));
});
afterAll(() => api.stop());

function askedOf(method: string, path: string, operation: DescribedOperation): Asked {
  const [scope] = operation.security?.[0]?.key ?? [];
  const [type, content] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
  const [example] = Object.values(content?.examples ?? {});
  if (content && !example) throw new Error(`${operation.operationId} needs an example of its body`);
  return {
    ...{ name: operation.operationId, method: method.toUpperCase(), path },
    ...{ scope: scope as Scope, body: example?.value, type },
    confirmed: operation.parameters?.some((p) => p.name === 'confirm') ?? false,
  };
}

/** Asks about objects that are there, of this account, made for this question. */
async function asker({
  method,
  path,
  body,
  type,
  confirmed,
}: Asked): Promise<(key: string | null) => Promise<Answered>> {
  const made = async (of: string, wanted: object) => (await api.post(of, wanted)).body;
  const names: Record<string, () => Promise<unknown>> = {
    inbox: () => (confirmed ? api.inbox() : Promise.resolve('support')),
    conversation: () => Promise.resolve('c_1'),
    alias: () => Promise.resolve('other'),
    erasure: async () => {
      await api.post('/v1/inboxes/support/contacts', { conversations: ['gone'] });
      return (await api.ask('DELETE', '/v1/inboxes/support/conversations/gone')).body.erasure;
    },
    account: () => Promise.resolve(api.account),
    webhook: async () => (await made('/v1/webhooks', { url: 'https://hooks.example.com/in' })).webhook,
    job: async () =>
      (await made('/v1/inboxes/support/bulk', { event: { type: 'mark_read' }, conversations: ['c_1'] })).job,
    key_id: async () => (await made('/v1/keys', { name: 'k', scopes: ['events:write'] })).key_id,
  };
  let filled = path;
  for (const [part, name = ''] of path.matchAll(/\{(\w+)\}/g)) {
    const known = names[name];
    if (!known) throw new Error(`say here which ${name} to ask for`);
    const is = String(await known());
    filled = filled.replace(part, is) + (confirmed ? `?confirm=${is}` : '');
  }
  if (path.endsWith('/reports')) filled += '?from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z';
  if (path.endsWith('/whatsapp') && method !== 'PUT') await api.put(filled, CHANNEL);
  const headers = { Prefer: 'respond-async', ...(type && { 'Content-Type': type }) }; // nobody decides here
  const stream = path.endsWith('/stream');
  return async (key) => {
    const asking = { key, body, headers };
    return stream ? api.ask('HEAD', filled, asking) : api.ask(method, filled, asking);
  };
}

const CHANNEL = {
  ...{ phone_number_id: '1', verify_token: 'v', app_secret: 's', access_token: 'a' },
  survey: { text: 'How was it?', button: 'Answer' },
};

/** All rows of this account, in every table that has accounts. */
async function everything(): Promise<unknown> {
  const { rows: tables } = await api.pool.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'account'
     WHERE c.relkind IN ('r', 'p') AND c.relnamespace = current_schema()::regnamespace ORDER BY 1`,
  );
  expect(tables.length).toBeGreaterThan(12);
  const kept: Record<string, unknown> = {};
  for (const { name } of tables) {
    const { rows } = await api.pool.query<{ rows: unknown }>(
      `SELECT json_agg(t ORDER BY t::text) AS rows FROM ${name} t WHERE account = $1`,
      [api.account],
    );
    kept[name] = rows[0]?.rows;
  }
  return kept;
}

/** Each operation with an answer of its own; what is wrong is told with the operation's name. */
async function forEach(check: (asked: Asked) => Promise<unknown>): Promise<void> {
  expect(operations.length).toBeGreaterThan(25);
  const wrong: string[] = [];
  for (const asked of operations)
    await check(asked).catch((error: Error) => wrong.push(`${asked.name}: ${error.message}`));
  expect(wrong).toEqual([]);
}

/** Refused so, and nothing is changed by it. */
async function refuses(asked: Asked, status: number, keyOf: () => Promise<string | null>): Promise<void> {
  const ask = await asker(asked);
  const key = await keyOf();
  const before = await everything();
  const answer = await ask(key);
  expect(answer.status).toBe(status);
  if (answer.text !== '') isProblem(answer, status);
  if (status < 404) expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
  expect(await everything()).toEqual(before);
}

describe('every operation', () => {
  it('names the scope that it needs', () =>
    forEach(({ scope }) => Promise.resolve(expect(SCOPES).toContain(scope))));

  it('needs a key: 401', () => forEach((asked) => refuses(asked, 401, () => Promise.resolve(null))));

  it('does not know an unknown key: 401', () =>
    forEach((asked) => refuses(asked, 401, () => Promise.resolve('no-such-key'))));

  it('does not take a revoked key: 401', () =>
    forEach((asked) =>
      refuses(asked, 401, async () => {
        const wanted = { name: 'gone', scopes: SCOPES };
        const { key, key_id } = (await api.post('/v1/keys', wanted)).body;
        expect((await api.get('/v1/inboxes', { key: String(key) })).status).toBe(200);
        await api.ask('DELETE', `/v1/keys/${String(key_id)}`);
        while ((await api.get('/v1/inboxes', { key: String(key) })).status !== 401); // keys.test.ts: within a second
        return String(key);
      }),
    ));

  it('needs its scope: 403', () =>
    forEach((asked) => refuses(asked, 403, () => api.addKey(SCOPES.filter((s) => s !== asked.scope)))));

  it('does not show or touch what is another account’s: 404, or what is one’s own', () =>
    forEach(async (asked) => {
      const own = OF_ONES_OWN[asked.name];
      const stranger = () => api.addKey(SCOPES, `stranger-${asked.name}`);
      if (own === undefined) return refuses(asked, 404, stranger);
      const ask = await asker(asked);
      const key = await stranger();
      const before = await everything();
      const answer = await ask(key);
      expect(answer.status).toBe(own);
      if (asked.method === 'GET') expect(answer.text).not.toMatch(/support"|hooks\.example|"k"/);
      expect(await everything()).toEqual(before);
    }));

  it('needs no other scope', () =>
    forEach(async (asked) => {
      const ask = await asker(asked);
      const key = await api.addKey(asked.name === 'add_key' ? SCOPES : [asked.scope]);
      expect((await ask(key)).status).toBeLessThan(300);
    }));
});

it('tells nothing else of an unknown key than of none', async () => {
  const [unknown, none] = [
    await api.get('/v1/inboxes', { key: 'no-such-key' }),
    await api.get('/v1/inboxes', { key: null }),
  ];
  expect({ ...unknown.body, instance: '' }).toEqual({ ...none.body, instance: '' });
});

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
