import { request as rawRequest } from 'node:http';
import { TestApi } from './support/api';
import { isProblem } from './support/problem';

let api: TestApi;

beforeAll(async () => {
  api = await TestApi.start();
  await api.inbox({}, 'support');
});
afterAll(() => api.stop());

const one = '/v1/inboxes/support/conversations/c_1';

describe('a path', () => {
  it.each(['/v2', '/v1/inbox', '/V1/inboxes', '/v1/inboxes/support/nothing', '/favicon.ico'])(
    'that is unknown (%s): 404',
    async (path) => {
      const answer = await api.get(path);
      expect(answer.status).toBe(404);
      isProblem(answer, 404);
    },
  );

  it.each(['%', '%zz', '%ff', '%00', '%2F', '%2e%2e', 'a b', 'é', 'x'.repeat(65)])(
    'with junk in it (%s): 400',
    async (junk) => {
      for (const suffix of ['', '/counts', '/conversations/c_1', '/broadcasts/audience']) {
        const answer = await raw('GET', `/v1/inboxes/${encodeJunk(junk)}${suffix}`);
        expect([400, 404]).toContain(answer);
      }
      expect([400, 404]).toContain(await raw('GET', `${one.replace('c_1', encodeJunk(junk))}/timeline`));
    },
  );

  it.each([
    ['DELETE', '/v1/inboxes', 'GET, HEAD'],
    ['POST', '/v1/inboxes', 'GET, HEAD'],
    ['GET', `${one}/events`, 'POST'],
    ['PUT', one, 'GET, HEAD, DELETE'],
    ['OPTIONS', '/v1/inboxes/support/counts', 'GET, HEAD'],
    ['GET', '/v1/inboxes/support/aliases/a', 'PUT'],
    ['POST', '/livez', 'GET, HEAD'],
  ])('that does not know the method (%s %s): 405 with Allow', async (method, path, allow) => {
    const answer = await api.ask(method, path);
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe(allow);
    isProblem(answer, 405);
  });
});

const encodeJunk = (junk: string) => (junk.includes('%') ? junk : encodeURIComponent(junk));

/** Sends the path as it is; `fetch` would correct it. */
function raw(method: string, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(api.url);
    const headers = { Authorization: `Bearer ${api.key}` };
    const sent = rawRequest({ hostname, port, method, path, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.on('error', reject).end();
  });
}

describe('a query', () => {
  it.each([
    '/v1/inboxes?limit=0',
    '/v1/inboxes?limit=201',
    '/v1/inboxes?limit=1.5',
    '/v1/inboxes?limit=1&limit=2',
    '/v1/inboxes?cursor=abc',
    '/v1/inboxes?colour=red',
    '/v1/inboxes/support/conversations?status=open',
    '/v1/inboxes/support/conversations?status=',
    '/v1/inboxes/support/conversations?archived=maybe',
    '/v1/inboxes/support/conversations?unread=1',
    '/v1/inboxes/support/conversations?agent=%00',
    '/v1/inboxes/support/conversations?tag=',
    '/v1/inboxes/support/conversations?sort=name',
    '/v1/inboxes/support/conversations?__proto__=1',
    '/v1/inboxes/support/broadcasts/audience?limit=1',
    `${one}?consistency=weak`,
    `${one}/timeline?limit=-1`,
  ])('that cannot be meant (%s): 400', async (path) => {
    const answer = await api.get(path);
    expect(answer.status).toBe(400);
    isProblem(answer, 400);
    expect(answer.body.errors).toHaveLength(1);
  });
});

it('says so on its pages without a key, and without another host', async () => {
  for (const path of ['/', '/ops']) {
    const page = await api.get(path, { key: null });
    expect(page.status).toBe(200);
    expect(page.text).not.toMatch(/https?:\/\//);
    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none';/);
    expect(page.headers.get('content-security-policy')).not.toMatch(/unsafe|https?:|\*/);
    expect(page.headers.get('content-security-policy')).not.toMatch(/upgrade-insecure/);
  }
  expect(await api.get('/livez', { key: null })).toMatchObject({ status: 200 });
});
