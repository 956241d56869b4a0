import { TestApi } from './support/api';

let api: TestApi;
let keyId: string;

beforeAll(async () => {
  api = await TestApi.start();
  const { rows } = await api.pool.query<{ id: string }>('SELECT id FROM api_keys WHERE account = $1', [
    api.account,
  ]);
  keyId = rows[0]?.id ?? '';
});
afterAll(() => api.stop());

/** What the audit has gained, the earliest first, each with who did it. */
async function told(work: () => Promise<unknown>, key = api.key) {
  const before = await api.all('/v1/audit', 200, { key });
  await work();
  const after = await api.all('/v1/audit', 200, { key });
  return after.slice(0, after.length - before.length).reverse();
}

test('of settings: what differs, who changed it, and when', async () => {
  const inbox = 'told';
  const made = await told(() => api.put(`/v1/inboxes/${inbox}`, { settings: {} }));
  expect(made).toMatchObject([{ action: 'inbox.created', object: inbox, key_id: keyId, key_name: 'test' }]);
  expect(Math.abs(Date.now() - Date.parse(String(made[0]?.at)))).toBeLessThan(60_000);
  const body = { settings: { csat: { enabled: true } } };
  expect(await told(() => api.ask('PATCH', `/v1/inboxes/${inbox}`, { body }))).toMatchObject([
    {
      action: 'inbox.changed',
      object: inbox,
      changes: { settings: { from: { csat: { enabled: false } }, to: { csat: { enabled: true } } } },
    },
  ]);
  expect(await told(() => api.ask('PATCH', `/v1/inboxes/${inbox}`, { body }))).toEqual([]);
});

test('of a setting that is switched off: null', async () => {
  await api.put('/v1/inboxes/off', { settings: {} });
  const body = { settings: { customer_window_seconds: null } };
  const [entry] = await told(() => api.put('/v1/inboxes/off', body));
  expect(entry?.changes).toEqual({
    settings: { from: { customer_window_seconds: 86_400 }, to: { customer_window_seconds: null } },
  });
});

test('of keys: their making and their end, never the key or its hash', async () => {
  let key = '';
  let id = '';
  const entries = await told(async () => {
    const { body } = await api.post('/v1/keys', {
      name: 'bot',
      scopes: ['events:write'],
      rate_per_second: 5,
    });
    key = String(body.key);
    id = String(body.key_id);
    await api.ask('DELETE', `/v1/keys/${id}`);
  });
  expect(entries).toMatchObject([
    {
      action: 'key.created',
      object: id,
      changes: {
        name: { from: null, to: 'bot' },
        scopes: { from: null, to: ['events:write'] },
        rate_per_second: { from: null, to: 5 },
      },
    },
    { action: 'key.revoked', object: id, key_id: keyId },
  ]);
  expect(JSON.stringify(entries)).not.toMatch(new RegExp(`${key}|hash`));
});

test('of webhooks: their changes, and of a secret only that it changed; not what delivering changes', async () => {
  let secret = '';
  const entries = await told(async () => {
    const made = await api.post('/v1/webhooks', { url: 'https://hooks.example.com/a' });
    const path = `/v1/webhooks/${String(made.body.webhook)}`;
    await api.ask('PATCH', path, { body: { url: 'https://hooks.example.com/b' } });
    await api.ask('PATCH', path, { body: { url: 'https://hooks.example.com/b' } });
    secret = String((await api.ask('POST', `${path}/rotate_secret`)).body.secret);
    await api.ask('POST', `${path}/test`);
    await api.pool.query('UPDATE webhooks SET failures = 3, state = state');
    await api.ask('DELETE', path);
  });
  expect(entries).toMatchObject([
    { action: 'webhook.created' },
    {
      action: 'webhook.changed',
      changes: { url: { from: 'https://hooks.example.com/a', to: 'https://hooks.example.com/b' } },
    },
    { action: 'webhook.changed', changes: { secrets: { secret: true } } },
    { action: 'webhook.deleted', changes: { url: { to: null } } },
  ]);
  expect(JSON.stringify(entries)).not.toContain(secret.slice(6));
  expect(JSON.stringify(entries)).not.toContain('sealed');
});

test('of an account that was made: to its own audit, and to that of who made it', async () => {
  let key = '';
  const mine = await told(async () => {
    key = String((await api.ask('PUT', '/v1/accounts/acme')).body.key);
  });
  const made = { action: 'account.created', object: 'acme', key_id: keyId };
  expect(mine).toMatchObject([made, { action: 'key.created', key_id: keyId }]);
  const theirs = await api.all('/v1/audit', 200, { key });
  expect(theirs).toMatchObject([
    { action: 'key.created', key_name: null },
    { ...made, key_name: null },
  ]);
});

test('what the service does itself names no key', async () => {
  const entries = await told(() =>
    api.pool.query(`UPDATE inboxes SET settings = '{"x": 1}' WHERE inbox = 'told'`),
  );
  expect(entries).toMatchObject([{ action: 'inbox.changed', key_id: null, key_name: null }]);
});

test('a change that fails leaves nothing in it', async () => {
  const body = { settings: { csat: 'on' } };
  expect(await told(() => api.ask('PATCH', '/v1/inboxes/off', { body }))).toEqual([]);
});

test('another account sees nothing of it; in pages it is the same, newest first', async () => {
  const stranger = await api.addKey(undefined, 'stranger');
  expect((await api.all('/v1/audit', 5, { key: stranger })).map((e) => e.action)).toEqual(['key.created']);
  const [pages, whole] = [await api.all('/v1/audit', 3), await api.all('/v1/audit', 200)];
  expect(pages).toEqual(whole);
  const times = whole.map((e) => String(e.at));
  expect(times).toEqual([...times].sort().reverse());
});

test('neither process may write or change it', async () => {
  const { rows } = await api.pool.query(
    `SELECT FROM unnest(ARRAY['conversations_api', 'conversations_worker']) role, unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) deed
     WHERE has_table_privilege(role, 'audit', deed)`,
  );
  expect(rows).toEqual([]);
});
