/** What the client does when the service, or something on the way to it, fails. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import {
  Client,
  ProblemError,
  UnreachableError,
  type ClientOptions,
} from '../../clients/typescript/src/index';
import { waitBefore } from '../../clients/typescript/src/retry';

let server: Server | undefined;

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void;

/** A server that gives these answers, one a request, and then the last one again and again. */
async function serving(...answers: Answer[]) {
  const seen: { body: string; at: number }[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await text(request);
    seen.push({ body, at: Date.now() });
    answers[Math.min(seen.length, answers.length) - 1]?.(request, response, body);
  };
  server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const retries: string[] = [];
  const client = (options: Partial<ClientOptions> = {}) =>
    new Client({ url, key: 'a-key', onRetry: (why) => retries.push(why), ...options });
  return { client, seen, retries };
}

const says =
  (status: number, body: unknown = {}, headers = {}): Answer =>
  (_, response) => {
    const type = status >= 400 ? 'application/problem+json' : 'application/json';
    response.writeHead(status, { 'content-type': type, ...headers }).end(JSON.stringify(body));
  };
const hangsUp: Answer = (request) => request.socket.destroy();
const hangsUpAfterSome: Answer = (request, response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': 100 });
  response.write('{"event":', () => request.socket.destroy());
};
const ofProxy: Answer = (_, response) =>
  response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad gateway</h1>');
const accepted = says(202, { event: 'e1', accepted: true });
const takesAll: Answer = (_, response, body) => {
  const sent = JSON.parse(body) as { event: { id: string } }[];
  const results = sent.map(({ event }) => ({ status: 202, body: { event: event.id, accepted: true } }));
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(results));
};
const message = { type: 'message' } as const;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

describe('an event is sent again with the same id', () => {
  test.each([
    ['the connection is lost', hangsUp, 'no connection'],
    ['the answer breaks off', hangsUpAfterSome, 'no connection'],
    ['503', says(503), '503'],
    ['429', says(429), '429'],
    ['a proxy has lost the service', ofProxy, '502'],
  ])('%s', async (_, failing, why) => {
    const { client, seen, retries } = await serving(failing, failing, accepted);
    const outcome = await client().send('i', 'c', message);
    const bodies = seen.map(({ body }) => JSON.parse(body) as { id: string });
    expect(outcome).toEqual({ event: bodies[0]?.id, verdict: 'accepted' });
    expect(bodies[0]?.id).toMatch(/^[\w-]{36}$/);
    expect(bodies).toEqual(Array(3).fill(bodies[0]));
    expect(retries).toEqual([why, why]);
  });

  test('no answer within the time', async () => {
    const { client, seen, retries } = await serving(() => {}, accepted);
    await client({ timeout_ms: 100 }).send('i', 'c', { ...message, id: 'e1' });
    expect(seen).toHaveLength(2);
    expect(retries).toEqual(['no answer in time']);
  });

  test('not before the service asked for it', async () => {
    const { client, seen } = await serving(says(503, {}, { 'retry-after': '1' }), accepted);
    await client().send('i', 'c', message);
    expect(seen[1]!.at - seen[0]!.at).toBeGreaterThanOrEqual(990);
  });

  test('of a batch, those that were not taken', async () => {
    const busy = { type: '', title: 'Busy', status: 503, instance: '' };
    const taken = (event: string) => ({ status: 202, body: { event, accepted: true } });
    const { client, seen } = await serving(
      says(200, [taken('a'), { status: 503, body: busy }, taken('c')]),
      says(200, [taken('b')]),
    );
    const entries = ['a', 'b', 'c'].map((id) => ({ conversation: 'c', event: { ...message, id } }));
    expect(await client().sendAll('i', entries)).toEqual(
      ['a', 'b', 'c'].map((event) => ({ event, verdict: 'accepted' })),
    );
    expect(JSON.parse(seen[1]!.body)).toEqual([entries[1]]);
  });
});

test('more events than one request takes are sent in several', async () => {
  const { client, seen } = await serving(takesAll);
  const entries = Array.from({ length: 1_005 }, (_, i) => ({
    conversation: 'c',
    event: { ...message, id: `e${i}` },
  }));
  const outcomes = await client().sendAll('i', entries);
  expect(outcomes).toEqual(entries.map(({ event }) => ({ event: event.id, verdict: 'accepted' })));
  expect(seen.map(({ body }) => (JSON.parse(body) as unknown[]).length)).toEqual([1_000, 5]);
});

describe('it is not asked again', () => {
  test.each([400, 401, 404, 422, 500, 502])('%s is an answer', async (status) => {
    const { client, seen } = await serving(says(status, { title: 'No' }));
    await expect(client().send('i', 'c', message)).rejects.toThrow(ProblemError);
    expect(seen).toHaveLength(1);
  });

  test('what makes something new each time, once the request may have arrived', async () => {
    const { client, seen } = await serving(hangsUp);
    const made = client().POST('/v1/webhooks', { body: { url: 'https://hooks.example.com/' } });
    await expect(made).rejects.toThrow(UnreachableError);
    expect(seen).toHaveLength(1);
  });

  test('once the caller gives up', async () => {
    const { client } = await serving(says(503, {}, { 'retry-after': '5' }));
    const sent = client().send('i', 'c', message, { signal: AbortSignal.timeout(100) });
    await expect(sent).rejects.toMatchObject({ name: 'TimeoutError' });
  });
});

describe('what the caller is told', () => {
  test('a problem, in its parts and in a line', async () => {
    const errors = [{ path: 'agent', message: 'must be a string' }];
    const problem = {
      type: 'about:blank',
      title: 'Invalid',
      detail: 'agent: must be a string',
      instance: 'r1',
      errors,
    };
    const { client } = await serving(says(400, problem));
    const sent = client().send('i', 'c', message);
    await expect(sent).rejects.toMatchObject({ status: 400, title: 'Invalid', request: 'r1', errors });
    await expect(client().GET('/v1/inboxes')).rejects.toThrow(
      'GET /v1/inboxes: 400 Invalid: agent: must be a string',
    );
  });

  test('away for longer than it has patience: the last answer, or that there was none', async () => {
    const { client } = await serving(says(503, { title: 'Temporal is away' }));
    await expect(client({ patience_ms: 200 }).GET('/v1/inboxes')).rejects.toMatchObject({ status: 503 });
    server?.close();
    server?.closeAllConnections();
    await expect(client({ patience_ms: 200 }).GET('/v1/inboxes')).rejects.toThrow(
      /^http:\/\/127.0.0.1:\d+ did not answer GET \/v1\/inboxes \(no connection: .*ECONNREFUSED.*\): is the service running\?$/,
    );
  });

  test('what answers is not the service', async () => {
    const { client } = await serving((_, response) => response.end('<html>'));
    await expect(client().GET('/v1/inboxes')).rejects.toThrow(/is not the service/);
  });

  test('an audience that breaks off is no audience', async () => {
    const { client } = await serving((request, response) => {
      response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      response.write('{"conversation":"c_1","window_open":true}\n', () => request.socket.destroy());
    });
    const read = async () => {
      for await (const line of client().audience('i')) expect(line.conversation).toBe('c_1');
    };
    await expect(read()).rejects.toThrow(UnreachableError);
  });
});

describe('how long to wait before another try', () => {
  test('longer each time, up to three seconds, and never all at once', () => {
    const shortest = [2, 3, 4, 9].map((attempt) => waitBefore(attempt, null, 0));
    const longest = [2, 3, 4, 9].map((attempt) => waitBefore(attempt, null, 1));
    expect(shortest).toEqual([50, 100, 200, 1500]);
    expect(longest).toEqual([100, 200, 400, 3000]);
  });

  test.each([
    ['7', 7_000],
    ['Sun, 01 Mar 2026 10:00:09 GMT', 9_000],
    ['Sun, 01 Mar 2026 09:00:00 GMT', 50],
    ['soon', 50],
  ])('Retry-After: %s', (header, ms) => {
    expect(waitBefore(2, header, 0, Date.parse('2026-03-01T10:00:00Z'))).toBe(ms);
  });
});
