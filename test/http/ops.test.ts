import { TestApi } from './support/api';
import { isProblem } from './support/problem';

let api: TestApi;

beforeAll(async () => {
  api = await TestApi.start();
});
afterAll(() => api.stop());

describe('the page for team leads', () => {
  it('lets no text become markup or code, and its files be kept', async () => {
    const page = await api.get('/ops', { key: null });
    expect(page.headers.get('content-security-policy')).toMatch(
      /^default-src 'none';.*;trusted-types 'none'$/,
    );
    const [file = ''] = /\/ops\/assets\/[^"]+\.js/.exec(page.text) ?? [];
    const script = await api.get(file, { key: null });
    expect(script.headers.get('cache-control')).toMatch(/immutable/);
  });

  it('is told whose a key is and what it may, and nobody else is', async () => {
    const key = await api.addKey(['conversations:read']);
    const { body } = await api.get('/ops/session', { key });
    const temporal = { ui: null, namespace: 'default' };
    expect(body).toEqual({ account: api.account, scopes: ['conversations:read'], temporal });
    isProblem(await api.get('/ops/session', { key: null }), 401);
    isProblem(await api.get('/ops/session', { key: await api.addKey(['webhooks:write']) }), 403);
  });
});
