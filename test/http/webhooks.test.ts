import { SecretBox } from '../../src/db/secret-box';
import { TestApi } from './support/api';
import { isProblem } from './support/problem';

let api: TestApi;

beforeAll(async () => void (api = await TestApi.start()));
afterAll(() => api.stop());

const url = 'https://hooks.example.com/in?team=1';

async function made(wanted: object = {}): Promise<{ webhook: string; secret: string; path: string }> {
  const { status, body, text } = await api.post('/v1/webhooks', { url, ...wanted });
  if (status !== 201) throw new Error(text);
  return {
    webhook: String(body.webhook),
    secret: String(body.secret),
    path: `/v1/webhooks/${String(body.webhook)}`,
  };
}

test('an endpoint is made with a secret that is shown once, and kept encrypted', async () => {
  const wanted = { url, types: ['survey.requested'], inboxes: ['support'] };
  const { status, body, headers } = await api.post('/v1/webhooks', wanted);
  expect(status).toBe(201);
  expect(body).toEqual({
    ...wanted,
    webhook: expect.stringMatching(/^wh_/) as string,
    state: 'active',
    secret: expect.stringMatching(/^whsec_[A-Za-z0-9+/]{43}=$/) as string,
    created_at: expect.any(String) as string,
  });
  expect(headers.get('location')).toBe(`/v1/webhooks/${String(body.webhook)}`);
  const one = await api.get(`/v1/webhooks/${String(body.webhook)}`);
  const { secret, ...shown } = body;
  expect(one.body).toEqual(shown);
  const { rows } = await api.pool.query('SELECT * FROM webhooks');
  expect(JSON.stringify(rows)).not.toContain(String(secret).slice(6));
});

test('without types and inboxes it is told of all', async () => {
  const { path } = await made();
  expect((await api.get(path)).body).toMatchObject({ types: null, inboxes: null });
});

test('endpoints are listed in pages, without their secrets', async () => {
  const key = await api.addKey(undefined, 'listing');
  const mine = [];
  for (let i = 0; i < 5; i += 1) mine.push((await api.post('/v1/webhooks', { url }, { key })).body.webhook);
  const listed = await api.all('/v1/webhooks', 2, { key });
  expect(listed.map((w) => w.webhook).sort()).toEqual(mine.sort());
  expect(JSON.stringify(listed)).not.toContain('secret');
});

test('its parts are changed one by one, and null means all', async () => {
  const { path } = await made({ types: ['survey.requested'] });
  const patch = (body: object) => api.ask('PATCH', path, { body });
  expect((await patch({ state: 'paused' })).body).toMatchObject({
    state: 'paused',
    url,
    types: ['survey.requested'],
  });
  expect((await patch({ types: null, inboxes: ['a'] })).body).toMatchObject({
    types: null,
    inboxes: ['a'],
    state: 'paused',
  });
  expect((await patch({})).status).toBe(200);
  expect((await patch({ url: 'https://elsewhere.example.com/' })).body.url).toBe(
    'https://elsewhere.example.com/',
  );
});

test('one that is deleted is gone', async () => {
  const { path } = await made();
  const gone = await api.ask('DELETE', path);
  expect([gone.status, gone.text]).toEqual([204, '']);
  for (const method of ['GET', 'DELETE']) isProblem(await api.ask(method, path), 404);
});

test('another account finds nothing of it, with any request', async () => {
  const { path, webhook } = await made();
  const key = await api.addKey(undefined, 'stranger');
  isProblem(await api.get(path, { key }), 404);
  isProblem(await api.get(`${path}/deliveries`, { key }), 404);
  isProblem(await api.ask('PATCH', path, { key, body: { state: 'paused' } }), 404);
  isProblem(await api.ask('DELETE', path, { key }), 404);
  isProblem(await api.ask('POST', `${path}/test`, { key }), 404);
  isProblem(await api.ask('POST', `${path}/rotate_secret`, { key }), 404);
  const again = { deliveries: [`${webhook}.1`] };
  isProblem(await api.post(`${path}/redeliver`, again, { key }), 404);
  expect((await api.get(path)).body.state).toBe('active');
});

test.each([
  [{}, 'url'],
  [{ url: 'hooks.example.com' }, 'url'],
  [{ url: 'ftp://hooks.example.com/' }, 'url'],
  [{ url: 'https://user:pass@hooks.example.com/' }, 'url'],
  [{ url: 'https://hooks.example.com/#part' }, 'url'],
  [{ url: `https://hooks.example.com/${'x'.repeat(2_000)}` }, 'url'],
  [{ url: 'http://10.0.0.1/' }, 'url'],
  [{ url: 'http://169.254.169.254/latest/meta-data' }, 'url'],
  [{ url: 'http://[fd00::1]/' }, 'url'],
  [{ url, types: [] }, 'types'],
  [{ url, types: ['conversation.exploded'] }, 'types.0'],
  [{ url, inboxes: ['a b'] }, 'inboxes.0'],
  [{ url, secret: 'whsec_mine' }, 'secret'],
])('%j is refused, and the field is named', async (body, path) => {
  const answer = await api.post('/v1/webhooks', body);
  isProblem(answer, 400);
  expect(answer.body.errors).toEqual([{ path, message: expect.any(String) as string }]);
});

test.each([
  [{}],
  [{ deliveries: [] }],
  [{ deliveries: ['1'] }],
  [{ from: 'yesterday', to: 'today' }],
  [{ from: '2026-01-01T00:00:00Z' }],
  [{ from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z', state: 'lost' }],
])('asking for %j again is refused', async (body) => {
  const { path } = await made();
  isProblem(await api.post(`${path}/redeliver`, body), 400);
});

test('asking for the deliveries of another webhook again tells nobody', async () => {
  const { path } = await made();
  const answer = await api.post(`${path}/redeliver`, { deliveries: ['wh_other.1'] });
  expect(answer).toMatchObject({ status: 202, body: { redelivered: 0 } });
});

test.each([
  ['1900-01-01T00:00:00+23:59', '2900-01-01T00:00:00-23:59'],
  ['0000-01-01T00:00:00Z', '9999-12-31T23:59:59-23:59'],
])('asking again for a time from %s to %s is no fault of the service', async (from, to) => {
  const { path } = await made();
  const answer = await api.post(`${path}/redeliver`, { from, to });
  expect(answer).toMatchObject({ status: 202, body: { redelivered: 0 } });
});

test('a literal address of this machine is refused where private addresses are', async () => {
  const strict = await TestApi.start({
    webhooks: { secrets: new SecretBox([Buffer.alloc(32)]), allowed: 'none' },
  });
  try {
    for (const host of ['127.0.0.1:8080', '2130706433', '0x7f.1', '[::ffff:127.0.0.1]']) {
      const { status, body } = await strict.post('/v1/webhooks', { url: `http://${host}/` });
      expect([host, status]).toEqual([host, 400]);
      expect(JSON.stringify(body)).toContain('not a public address');
    }
  } finally {
    await strict.stop();
  }
});

test('where the service was given no key for secrets, it says so', async () => {
  const open = await TestApi.start({ webhooks: { secrets: new SecretBox([]), allowed: 'none' } });
  try {
    const answer = await open.post('/v1/webhooks', { url });
    isProblem(answer, 503);
    expect(answer.body.detail).toContain('SECRETS_KEY');
  } finally {
    await open.stop();
  }
});

test('deliveries are listed in pages, newest first, by state', async () => {
  const { path, webhook } = await made();
  for (let i = 0; i < 5; i += 1) await api.ask('POST', `${path}/test`);
  await api.pool.query(`UPDATE deliveries SET state = 'parked' WHERE webhook = $1 AND nth = 2`, [webhook]);
  const all = await api.all(`${path}/deliveries`, 2);
  expect(all.map((d) => d.delivery)).toEqual([5, 4, 3, 2, 1].map((nth) => `${webhook}.${nth}`));
  expect(all[0]).toEqual({
    ...{ delivery: `${webhook}.5`, type: 'webhook.test', inbox: null, conversation: null, state: 'pending' },
    ...{ attempts: [], next_attempt_at: expect.any(String) as string, ended_at: null },
    created_at: expect.any(String) as string,
  });
  const parked = await api.all(`${path}/deliveries?state=parked`, 2);
  expect(parked.map((d) => d.delivery)).toEqual([`${webhook}.2`]);
  const pending = await api.all(`${path}/deliveries?state=pending`, 3);
  expect(pending).toHaveLength(4);
  isProblem(await api.get(`${path}/deliveries?state=lost`), 400);
});
