import { pino } from 'pino';
import { TestApi } from './support/api';

let api: TestApi;
const logged: string[] = [];

beforeAll(async () => {
  const logger = pino({ level: 'trace' }, { write: (line) => void logged.push(line) });
  api = await TestApi.start({ logger });
  await api.inbox({}, 'support');
});
afterAll(() => api.stop());

describe('a request id', () => {
  it('is taken, returned and logged', async () => {
    const id = 'order-17:retry/2';
    const answer = await api.get('/v1/inboxes', { headers: { 'X-Request-Id': id } });
    expect(answer.headers.get('x-request-id')).toBe(id);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const line = logged
      .map((text) => JSON.parse(text) as Record<string, unknown>)
      .find((l) => l.request === id);
    expect(line).toMatchObject({ method: 'GET', path: '/v1/inboxes', status: 200 });
  });

  it.each(['x'.repeat(129), 'a b', '{"a":1}', 'é'])('that is not sane (%j) is not taken', async (id) => {
    const answer = await api.get('/livez', { headers: { 'X-Request-Id': id } });
    expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('nothing that was sent, and no key, is logged', async () => {
    const event = { id: 'private-1', type: 'close', agent: 'ana', reason: 'very private' };
    await api.post(`/v1/inboxes/support/conversations/c_1/events`, event, {
      headers: { Prefer: 'respond-async' },
    });
    const wrong = '/v1/inboxes?cursor=private-cursor';
    await api.get(wrong, { key: 'private-key' });
    const all = logged.join('');
    expect(all).toContain('"path":"/v1/inboxes/:inbox/conversations/:conversation/events"');
    for (const word of ['c_1', 'private-1', 'very private', 'private-cursor', 'private-key', api.key])
      expect(all).not.toContain(word);
  });
});
