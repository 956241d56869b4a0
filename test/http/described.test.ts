/** What the description allows is taken, and what is refused is not in it. */
import { TestApi } from './support/api';
import { checkerOf, describedBy, type Description } from './support/described';

let api: TestApi;
let description: Description;

beforeAll(async () => {
  api = await TestApi.start();
  await api.inbox({}, 'support');
  description = await describedBy(api);
});
afterAll(() => api.stop());

const INBOX = '/v1/inboxes/{inbox}';
const EVENTS = `${INBOX}/conversations/{conversation}/events`;
const quick = { Prefer: 'respond-async' };

function isDescribed(path: string, method: string, where: string, name: string, value: unknown): boolean {
  const parameters = description.paths[path]?.[method]?.parameters ?? [];
  const parameter = parameters.find((p) => p.in === where && p.name === name);
  if (!parameter) throw new Error(`${method} ${path} has no ${name}`);
  return checkerOf(description)(parameter.schema)(value);
}

function isDescribedBody(path: string, method: string, body: unknown): boolean {
  const content = description.paths[path]?.[method]?.requestBody?.content['application/json'];
  if (!content) throw new Error(`${method} ${path} has no body`);
  return checkerOf(description)(content.schema)(body);
}

/** What is allowed need not be found. */
const taken = (status: number) => status < 300 || status === 404;

describe('a parameter that', () => {
  it.each([
    ['limit', 0, '0'],
    ['limit', 1, '1'],
    ['limit', 200, '200'],
    ['limit', 201, '201'],
    ['limit', 786, '786'],
    ['limit', 'many', 'many'],
    ['cursor', '000000000000', '000000000000'],
    ['cursor', 'WyJ0000000000', 'WyJ0000000000'],
    ['status', [], ''],
    ['status', ['new', 'closed'], 'new,closed'],
    ['status', ['open'], 'open'],
    ['unread', true, 'true'],
    ['unread', 1, '1'],
    ['tag', '', ''],
    ['tag', 'a\0', 'a%00'],
    ['tag', '😀'.repeat(64), '😀'.repeat(64)],
    ['agent', 'x'.repeat(129), 'x'.repeat(129)],
  ])('%s is %j', async (name, value, written) => {
    const answer = await api.get(`/v1/inboxes/support/conversations?${name}=${written}`);
    expect(taken(answer.status)).toBe(isDescribed(`${INBOX}/conversations`, 'get', 'query', name, value));
  });

  it.each(['a', 'a b', 'a~!#', '@a', 'x'.repeat(128), 'x'.repeat(129), ''])(
    'Idempotency-Key is %j',
    async (key) => {
      const headers = { ...quick, 'Idempotency-Key': key };
      const answer = await api.post(
        '/v1/inboxes/support/conversations/c/events',
        { type: 'message' },
        { headers },
      );
      expect(taken(answer.status)).toBe(isDescribed(EVENTS, 'post', 'header', 'Idempotency-Key', key));
    },
  );

  it.each(['.', '..', '...', '.a', 'a'.repeat(64), 'a'.repeat(65), 'ä'])(
    'names an inbox %j',
    async (inbox) => {
      const { status } = await api.ask('PUT', `/v1/inboxes/${encodeURIComponent(inbox)}`, {
        body: { settings: {} },
      });
      // a browser takes . and .. out of the path before it asks
      if (!/^\.\.?$/.test(inbox))
        expect(taken(status)).toBe(isDescribed(INBOX, 'put', 'path', 'inbox', inbox));
      const body = { conversations: [inbox] };
      const contacts = await api.post('/v1/inboxes/support/contacts', body);
      expect(taken(contacts.status)).toBe(isDescribedBody(`${INBOX}/contacts`, 'post', body));
    },
  );
});

describe('a body of an event that is', () => {
  it.each([
    { id: '@a', type: 'message' },
    { id: 'a', type: 'message', kind: 'media' },
    { type: 'message' },
    { id: 'b', type: 'assign' },
    { id: 'b', type: 'assign', team: null },
    { id: 'c', type: 'flow_end', execution: 'x', assign: {} },
    { id: 'c', type: 'flow_end', execution: 'x', assign: { agent: null } },
    { id: 'd', type: 'tag_add', tags: [] },
    { id: 'd', type: 'tag_add', tags: ['a\0'] },
    { id: 'e', type: 'csat_answer', score: 6 },
    { id: 'f', type: 'snooze', until: 'tomorrow' },
    { id: 'g', type: 'message', occurred_at: '2026-02-30T00:00:00Z' },
    { id: 'h', type: 'close', agent: 'ana', colour: 'red' },
  ])('%j', async (body) => {
    const answer = await api.post('/v1/inboxes/support/conversations/c/events', body, { headers: quick });
    expect(taken(answer.status)).toBe(isDescribedBody(EVENTS, 'post', body));
  });
});

describe('a patch that is', () => {
  it.each([
    {},
    { settings: {} },
    { settings: null },
    { settings: { csat: null, flows: { end_status: null } } },
    { csat: { enabled: true } },
    { csat: 'off' },
    { csat: { timeout_seconds: 0 } },
    { auto_close: { after_seconds: null } },
    { settings: {}, csat: {} },
    { colour: null },
  ])('%j', async (body) => {
    const answer = await api.ask('PATCH', '/v1/inboxes/support', { body });
    expect(taken(answer.status)).toBe(isDescribedBody(INBOX, 'patch', body));
  });
});
