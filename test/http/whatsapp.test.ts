/** How an inbox is connected with a WhatsApp number. */
import { Meta, SECRETS, settings } from '../channels/whatsapp/support/meta';
import { SecretBox } from '../../src/db/secret-box';
import { TestApi } from './support/api';
import { isProblem } from './support/problem';

let api: TestApi;

beforeAll(async () => void (api = await TestApi.start()));
afterAll(() => api.stop());

const pathOf = (inbox: string) => `/v1/inboxes/${inbox}/whatsapp`;
const SECRET_WORDS = new RegExp(Object.values(SECRETS).join('|'));

test('a channel is made (201), shown and replaced (200) under the same id; its secrets are never shown', async () => {
  const path = pathOf(await api.inbox());
  const made = await api.put(path, settings());
  expect(made.status).toBe(201);
  expect(made.body).toMatchObject({
    channel: expect.stringMatching(/^wac_[0-9a-f]{24}$/) as string,
    webhook_path: `/v1/channels/whatsapp/${String(made.body.channel)}`,
    graph_url: 'https://graph.facebook.com',
    graph_version: 'v26.0',
    survey: settings().survey,
    problem: null,
  });
  const replaced = await api.put(path, settings({ graph_version: 'v27.0' }));
  expect(replaced.status).toBe(200);
  expect(replaced.body).toMatchObject({ channel: made.body.channel, graph_version: 'v27.0' });
  const shown = await api.get(path);
  expect(shown.body).toEqual(replaced.body);
  expect([made, replaced, shown].map((a) => a.text).join()).not.toMatch(SECRET_WORDS);
});

test('a channel that is deleted takes nothing more; one made again has another id, and names contacts as before', async () => {
  const inbox = await api.inbox();
  const meta = await Meta.connected(api, inbox);
  const payload = { object: 'whatsapp_business_account', entry: [] };
  expect((await meta.sends(payload)).status).toBe(200);
  const secret = () => api.pool.query('SELECT sealed FROM inbox_secrets WHERE inbox = $1', [inbox]);
  const before = (await secret()).rows;
  expect((await api.ask('DELETE', pathOf(inbox))).status).toBe(204);
  isProblem(await meta.sends(payload), 404);
  isProblem(await api.get(pathOf(inbox)), 404);
  isProblem(await api.ask('DELETE', pathOf(inbox)), 404);
  expect((await Meta.connected(api, inbox)).path).not.toBe(meta.path);
  expect((await secret()).rows).toEqual(before);
});

test('a channel is no webhook: neither listed nor changed as one', async () => {
  const meta = await Meta.connected(api, await api.inbox());
  const channel = meta.path.split('/').at(-1) ?? '';
  expect((await api.get('/v1/webhooks')).text).not.toContain(channel);
  for (const [method, path] of [
    ['GET', ''],
    ['DELETE', ''],
    ['POST', '/test'],
    ['GET', '/deliveries'],
    ['POST', '/rotate_secret'],
  ] as const)
    isProblem(await api.ask(method, `/v1/webhooks/${channel}${path}`), 404);
  const patch = await api.ask('PATCH', `/v1/webhooks/${channel}`, { body: { state: 'paused' } });
  isProblem(patch, 404);
});

test('the audit tells of its making, of what changed in it, and of its end; of a secret only that it changed', async () => {
  const inbox = await api.inbox();
  const seen = (await api.all('/v1/audit', 200)).length;
  await api.put(pathOf(inbox), settings());
  await api.put(pathOf(inbox), settings());
  await api.put(pathOf(inbox), settings({ access_token: 'token-2', phone_number_id: '7' }));
  await api.ask('DELETE', pathOf(inbox));
  const told = (await api.all('/v1/audit', 200)).slice(0, -seen).reverse();
  expect(told).toMatchObject([
    { action: 'channel.created', changes: { inbox: { to: inbox }, app_secret: { secret: true } } },
    { action: 'channel.changed', changes: { access_token: { secret: true }, phone_number_id: { to: '7' } } },
    { action: 'channel.deleted' },
  ]);
  expect(Object.keys(told[1]?.changes as object).sort()).toEqual(['access_token', 'phone_number_id']);
  expect(JSON.stringify(told)).not.toMatch(SECRET_WORDS);
});

test("another account's channel is not there, and an unknown inbox is 404", async () => {
  const inbox = await api.inbox();
  await api.put(pathOf(inbox), settings());
  const key = await api.addKey(undefined, 'stranger');
  isProblem(await api.get(pathOf(inbox), { key }), 404);
  isProblem(await api.ask('DELETE', pathOf(inbox), { key }), 404);
  isProblem(await api.put(pathOf(inbox), settings(), { key }), 404);
  isProblem(await api.put(pathOf('nowhere'), settings()), 404);
});

test.each([
  ['phone_number_id', { phone_number_id: '+1 650' }],
  ['app_secret', { app_secret: undefined }],
  ['access_token', { access_token: '' }],
  ['graph_url', { graph_url: 'ftp://x' }],
  ['graph_url', { graph_url: 'http://10.0.0.1' }],
  ['graph_version', { graph_version: '26' }],
  ['survey', { survey: undefined }],
  ['survey.text', { survey: { text: 'x'.repeat(1_025), button: 'ok' } }],
  ['survey.button', { survey: { text: 'x', button: 'x'.repeat(21) } }],
  [
    'survey.template.language',
    { survey: { text: 'x', button: 'x', template: { name: 'a', language: 'english!' } } },
  ],
  ['colour', { colour: 'red' }],
])('%s that cannot be: 400 that names it', async (path, changes) => {
  const answer = await api.put(pathOf(await api.inbox()), settings(changes));
  isProblem(answer, 400);
  expect(answer.body.errors).toMatchObject([{ path }]);
});

test('without a key for secrets there is no channel: 503 that says what is missing', async () => {
  const bare = await TestApi.start({ webhooks: { secrets: new SecretBox([]), allowed: 'none' } });
  try {
    const answer = await bare.put(pathOf(await bare.inbox()), settings());
    isProblem(answer, 503);
    expect(answer.body.detail).toMatch(/SECRETS_KEY/);
  } finally {
    await bare.stop();
  }
});
