import { request } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { TestApi } from './support/api';

let api: TestApi;

beforeAll(async () => {
  api = await TestApi.start();
  await api.inbox({}, 'support');
  const conversations = Array.from({ length: 200 }, (_, i) => `c_${i}`);
  await api.post('/v1/inboxes/support/contacts', { conversations });
});
afterAll(() => api.stop());

/** As it comes over the wire: `fetch` would unpack it. */
function ask(path: string, encoding?: string): Promise<{ encoding: string | undefined; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const headers = { Authorization: `Bearer ${api.key}`, ...(encoding && { 'Accept-Encoding': encoding }) };
    const sent = request(api.url + path, { headers }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () =>
        resolve({ encoding: response.headers['content-encoding'], body: Buffer.concat(parts) }),
      );
    });
    sent.on('error', reject).end();
  });
}

const LIST = '/v1/inboxes/support/conversations?limit=200';

describe('an answer', () => {
  it('is compressed where that is asked for', async () => {
    const plain = await ask(LIST);
    const packed = await ask(LIST, 'gzip');
    expect([plain.encoding, packed.encoding]).toEqual([undefined, 'gzip']);
    expect(gunzipSync(packed.body).equals(plain.body)).toBe(true);
    expect(packed.body.length).toBeLessThan(plain.body.length / 5);
  });

  it('that is short is sent as it is', async () => {
    expect((await ask('/v1/inboxes/support', 'gzip')).encoding).toBeUndefined();
  });

  it('that is a stream is sent line by line, as it is', async () => {
    const { encoding, body } = await ask('/v1/inboxes/support/broadcasts/audience', 'gzip');
    expect(encoding).toBeUndefined();
    expect(body.toString().trim().split('\n')).toHaveLength(200);
  });
});
