import { EVENT_TYPES } from '../../src/domain/events';
import { TestApi } from './support/api';
import { describedBy } from './support/described';

let api: TestApi;

beforeAll(async () => {
  api = await TestApi.start();
});
afterAll(() => api.stop());

const description = () => describedBy(api);

describe('the description of the API', () => {
  it('names every operation, and what each answers', async () => {
    const { openapi, paths } = await description();
    const operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path.replace('/v1/inboxes', '')}`),
    );
    expect(openapi).toBe('3.1.0');
    expect(operations.sort()).toEqual([
      'delete /v1/accounts/{account}',
      'delete /v1/keys/{key_id}',
      'delete /v1/webhooks/{webhook}',
      'delete /{inbox}',
      'delete /{inbox}/bulk/{job}',
      'delete /{inbox}/conversations/{conversation}',
      'delete /{inbox}/whatsapp',
      'get ',
      'get /v1/audit',
      'get /v1/erasures/{erasure}',
      'get /v1/health',
      'get /v1/keys',
      'get /v1/webhooks',
      'get /v1/webhooks/{webhook}',
      'get /v1/webhooks/{webhook}/deliveries',
      'get /{inbox}',
      'get /{inbox}/broadcasts/audience',
      'get /{inbox}/bulk/{job}',
      'get /{inbox}/conversations',
      'get /{inbox}/conversations/{conversation}',
      'get /{inbox}/conversations/{conversation}/episodes',
      'get /{inbox}/conversations/{conversation}/export',
      'get /{inbox}/conversations/{conversation}/timeline',
      'get /{inbox}/counts',
      'get /{inbox}/export',
      'get /{inbox}/reports',
      'get /{inbox}/stream',
      'get /{inbox}/timers',
      'get /{inbox}/whatsapp',
      'patch /v1/webhooks/{webhook}',
      'patch /{inbox}',
      'post /v1/keys',
      'post /v1/webhooks',
      'post /v1/webhooks/{webhook}/redeliver',
      'post /v1/webhooks/{webhook}/rotate_secret',
      'post /v1/webhooks/{webhook}/test',
      'post /{inbox}/broadcasts/eligibility',
      'post /{inbox}/bulk',
      'post /{inbox}/contacts',
      'post /{inbox}/conversations/{conversation}/events',
      'post /{inbox}/events',
      'post /{inbox}/import',
      'post /{inbox}/what_if',
      'put /v1/accounts/{account}',
      'put /{inbox}',
      'put /{inbox}/aliases/{alias}',
      'put /{inbox}/whatsapp',
    ]);
  });

  it('shows an event as one of its types', async () => {
    const { components } = await description();
    expect((components.schemas.Event as { oneOf: object[] }).oneOf).toHaveLength(EVENT_TYPES.length);
  });

  it('names its schemas, each once, so that it stays small', async () => {
    const { text } = await api.get('/openapi.json');
    const { components, paths } = await description();
    const operations = Object.values(paths).flatMap((methods) => Object.keys(methods));
    expect(text.length / operations.length).toBeLessThan(4_500);
    for (const [, kind = '', name = ''] of text.matchAll(/"#\/components\/(\w+)\/(\w+)"/g)) {
      expect(components[kind as 'schemas'][name]).toBeDefined();
    }
  });

  it('says what may be refused before any handler sees it', async () => {
    const { paths } = await description();
    for (const operation of Object.values(paths).flatMap((methods) => Object.values(methods))) {
      const ofBody = operation.requestBody ? ['413', '415'] : [];
      const usual = ['400', '401', '403', '404', '405', '429', '503', ...ofBody];
      expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(usual));
      expect(operation.tags).toHaveLength(1);
    }
  });

  it('has an example of every event, which is accepted as it is', async () => {
    await api.inbox({}, 'support');
    const { paths } = await description();
    const post = paths['/v1/inboxes/{inbox}/conversations/{conversation}/events']?.post;
    const examples = Object.values(post?.requestBody?.content['application/json']?.examples ?? {});
    expect(examples).toHaveLength(EVENT_TYPES.length);
    for (const { value } of examples) {
      const answer = await api.post('/v1/inboxes/support/conversations/c/events', value, {
        headers: { Prefer: 'respond-async' },
      });
      expect([value, answer.status]).toEqual([value, 202]);
    }
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
