import { TestApi, type Answered } from './support/api';
import { isProblem } from './support/problem';

let api: TestApi;

beforeAll(async () => {
  api = await TestApi.start();
  await api.inbox({}, 'support');
});
afterAll(() => api.stop());

const one = '/v1/inboxes/support/conversations/c_1';

describe('a body', () => {
  const events = `${one}/events`;
  const expectFields = (answer: Answered, paths: string[]) => {
    isProblem(answer, 400);
    expect((answer.body.errors as { path: string }[]).map((e) => e.path)).toEqual(paths);
  };

  it.each(['{', '', '"text', '{"id":1}}', '\ufeff{}'])('that is not JSON (%j): 400', async (body) => {
    const answer = await api.post(events, body);
    expect(answer.status).toBe(400);
    isProblem(answer, 400);
  });

  it.each(['null', '1', '"x"', '[]'])('that is no object (%s): 400', async (body) => {
    expect((await api.post(events, body)).status).toBe(400);
  });

  it('that is not UTF-8: 400', async () => {
    const answer = await api.post(events, Buffer.from('{"id":"\xff","type":"message"}', 'latin1'));
    isProblem(answer, 400);
  });

  it('with a NUL or half a character: 400 naming the field', async () => {
    expectFields(await api.post(events, '{"id":"a\\u0000b","type":"message"}'), ['id']);
    expectFields(await api.post(events, '{"id":"a\\ud800","type":"message"}'), ['id']);
    expectFields(await api.post(events, '{"id":"a","type":"tag_add","tags":["ok","\\udfff"]}'), ['tags.1']);
  });

  it('with unknown or ill-typed fields: 400 naming each', async () => {
    const answer = await api.post(events, { id: 'a', type: 'close', agent: 7, colour: 'red' });
    expectFields(answer, ['agent', 'colour']);
    expectFields(await api.post(events, '{"id":"a","type":"message","__proto__":{"x":1}}'), ['__proto__']);
    expectFields(await api.post(events, { id: 'a', type: 'dance' }), ['type']);
  });

  it('with the text of a message, which is not kept here: 400', async () => {
    expectFields(await api.post(events, { id: 'a', type: 'message', text: 'Hello' }), ['text']);
  });

  it('deeply nested: 400', async () => {
    const deep = '['.repeat(200_000) + ']'.repeat(200_000);
    expect((await api.post(events, `{"id":"a","type":"close","agent":${deep}}`)).status).toBe(400);
    const object = '{"a":'.repeat(100_000) + '1' + '}'.repeat(100_000);
    const patch = await api.ask('PATCH', '/v1/inboxes/support', { body: `{"csat":${object}}` });
    expect(patch.status).toBe(400);
  });

  it('over 1 MB: 413', async () => {
    const answer = await api.post(events, JSON.stringify({ id: 'a', type: 'x'.repeat(1_100_000) }));
    expect(answer.status).toBe(413);
    isProblem(answer, 413);
  });

  it('with 10,000 ids is read, however long they are and however it is laid out', async () => {
    const ids = (length: number) => Array.from({ length: 10_000 }, (_, i) => `${i}`.padStart(length, 'x'));
    for (const path of ['contacts', 'broadcasts/eligibility']) {
      const taken = JSON.stringify({ conversations: ids(64) }, null, 8);
      expect((await api.post(`/v1/inboxes/support/${path}`, taken)).status).toBe(200);
      expectFields(
        await api.post(`/v1/inboxes/support/${path}`, { conversations: ['c', ...ids(128).slice(1)] }),
        Array.from({ length: 20 }, (_, i) => `conversations.${i + 1}`),
      );
    }
  });

  it('with a text as long as is promised, in characters that take two units: as long as promised', async () => {
    const tags = (n: number) => ({ id: 'a', type: 'tag_add', tags: ['😀'.repeat(n)] });
    const quick = { headers: { Prefer: 'respond-async' } };
    expect((await api.post(events, tags(64), quick)).status).toBe(202);
    expectFields(await api.post(events, tags(65), quick), ['tags.0']);
  });

  it.each(['text/plain', 'application/xml', 'application/json; charset=latin1', ''])(
    'of type %j: 415',
    async (type) => {
      const answer = await api.post(events, Buffer.from('{}'), { headers: { 'Content-Type': type } });
      expect(answer.status).toBe(415);
      isProblem(answer, 415);
    },
  );

  it('in an unknown encoding: 415; that cannot be unpacked: 400', async () => {
    const packed = (encoding: string) =>
      api.post(events, '{}', { headers: { 'Content-Encoding': encoding } });
    expect((await packed('rot13')).status).toBe(415);
    expect((await packed('gzip')).status).toBe(400);
  });
});
