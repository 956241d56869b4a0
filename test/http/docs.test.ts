import { TestApi } from './support/api';

let api: TestApi;

beforeAll(async () => {
  api = await TestApi.start();
});
afterAll(() => api.stop());

interface Described {
  openapi: string;
  paths: Record<
    string,
    Record<string, { requestBody?: { content: object }; responses: Record<string, object> }>
  >;
}

describe('the description of the API', () => {
  it('names every operation, and what each answers', async () => {
    const { body } = await api.get('/openapi.json');
    const { openapi, paths } = body as unknown as Described;
    const operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path.replace('/v1/inboxes', '')}`),
    );
    expect(openapi).toBe('3.1.0');
    expect(operations.sort()).toEqual([
      'get ',
      'get /{inbox}',
      'get /{inbox}/broadcasts/audience',
      'get /{inbox}/conversations',
      'get /{inbox}/conversations/{conversation}',
      'get /{inbox}/conversations/{conversation}/episodes',
      'get /{inbox}/conversations/{conversation}/timeline',
      'get /{inbox}/counts',
      'patch /{inbox}',
      'post /{inbox}/broadcasts/eligibility',
      'post /{inbox}/contacts',
      'post /{inbox}/conversations/{conversation}/events',
      'put /{inbox}',
    ]);
  });

  it('shows an event as one of its sixteen types', async () => {
    const { text } = await api.get('/openapi.json');
    const { paths } = JSON.parse(text) as Described;
    const body = paths['/v1/inboxes/{inbox}/conversations/{conversation}/events']?.post?.requestBody;
    const [schema] = Object.values(body?.content ?? {}) as { schema: { oneOf: object[] } }[];
    expect(schema?.schema.oneOf).toHaveLength(16);
  });

  it.each(['/', '/ops', '/docs'])('%s takes nothing from another host', async (path) => {
    const page = await api.get(path);
    expect(page.status).toBe(200);
    const sources = [...page.text.matchAll(/<(?:link|script)[^>]*(?:src|href)="([^"]+)"/g)].map(
      ([, source]) => source ?? '',
    );
    expect(sources.length).toBeGreaterThan(1);
    for (const source of sources) {
      expect(source).toMatch(/^\/\w/);
      expect((await api.get(source)).status).toBe(200);
    }
  });
});
