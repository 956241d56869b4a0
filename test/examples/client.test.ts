import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { Away, Client, Refusal } from '../../examples/service/client';
import { waitBefore } from '../../examples/service/retry';

const KEY = 'a-key-of-the-test';
let server: Server | undefined;

/** A service that gives these answers, one a request, and then the last one again and again. */
async function serving(
  ...answers: RequestListener[]
): Promise<{ url: string; seen: { body: string; at: number }[] }> {
  const seen: { body: string; at: number }[] = [];
  const answer = async (request: IncomingMessage) => {
    seen.push({ body: await text(request), at: Date.now() });
    return answers[Math.min(seen.length, answers.length) - 1];
  };
  server = createServer(
    (request, response) => void answer(request).then((next) => next?.(request, response)),
  );
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

const says =
  (status: number, body: unknown = {}, headers = {}): RequestListener =>
  (_, response) =>
    response.writeHead(status, headers).end(JSON.stringify(body));
const hangsUp: RequestListener = (request) => request.socket.destroy();

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

describe('a client of the service', () => {
  test.each([
    ['it hangs up', hangsUp, 'no connection'],
    ['503', says(503), '503'],
    ['429', says(429), '429'],
    ['500', says(500), '500'],
  ])('%s: the same body is sent again', async (_, failing, why) => {
    const { url, seen } = await serving(failing, failing, says(202, { event: 'e1', accepted: true }));
    const client = new Client(url, KEY);
    const reply = await client.request('POST', '/v1/x', { body: { id: 'e1' } });
    expect(reply).toMatchObject({ status: 202, body: { event: 'e1', accepted: true } });
    expect(seen.map((s) => s.body)).toEqual(Array(3).fill('{"id":"e1"}'));
    expect(client.retries).toEqual(new Map([[why, 2]]));
  });

  test('not before the service asked for it', async () => {
    const { url, seen } = await serving(says(503, {}, { 'retry-after': '1' }), says(202));
    const reply = await new Client(url, KEY).request('POST', '/v1/x', { body: {} });
    expect(seen[1]!.at - seen[0]!.at).toBeGreaterThanOrEqual(990);
    expect(reply.took_ms).toBeLessThan(900);
  });

  test.each([400, 401, 404, 409, 422])('%s is an answer, and not asked for again', async (status) => {
    const { url, seen } = await serving(says(status, { title: 'No' }));
    expect((await new Client(url, KEY).request('POST', '/v1/x', { body: {} })).status).toBe(status);
    expect(seen).toHaveLength(1);
  });

  test('what must be a 2xx and is not is refused, in the words of the service', async () => {
    const { url } = await serving(says(404, { title: 'Not found', detail: 'no such inbox' }));
    const asked = new Client(url, KEY).ask(z.object({}), 'GET', '/v1/inboxes/none');
    await expect(asked).rejects.toThrow(new Refusal('GET /v1/inboxes/none', { status: 404, body: { title: 'Not found', detail: 'no such inbox' }, took_ms: 0 })); // prettier-ignore
  });

  test('away for longer than it has patience: it says so', async () => {
    const { url } = await serving(says(503));
    const asked = new Client(url, KEY, 200).request('GET', '/v1/x');
    await expect(asked).rejects.toThrow(Away);
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
