import { batchAnswer } from '../../src/http/resources/event-batch';
import { Deciding } from './support/deciding';
import { isProblem } from './support/problem';

let deciding: Deciding;

beforeAll(async () => {
  deciding = await Deciding.start();
});
afterAll(() => deciding.stop());

interface Result {
  status: number;
  body: Record<string, unknown>;
}

async function send(entries: unknown, headers?: Record<string, string>, inbox = 'support') {
  const answer = await deciding.api.post(`/v1/inboxes/${inbox}/events`, entries, { headers });
  expect(answer.status).toBe(200);
  expect(batchAnswer.safeParse(answer.body).error).toBeUndefined();
  return { ...answer, results: answer.body as unknown as Result[] };
}

const entry = (conversation: string, event: object) => ({ conversation, event });
const message = (conversation: string, id: string) => entry(conversation, { id, type: 'message' });

describe('a batch of events', () => {
  it('is taken in the order given within a conversation: a macro replies, tags and closes', async () => {
    const { id } = deciding.conversation();
    const { results } = await send([
      message(id, 'm'),
      entry(id, { id: 'r', type: 'agent_reply', agent: 'ana' }),
      entry(id, { id: 't', type: 'tag_add', tags: ['refund'], by: 'macro 7' }),
      entry(id, { id: 'c', type: 'close', agent: 'ana' }),
    ]);

    expect(results).toMatchObject([
      { status: 202, body: { event: 'm', accepted: true } },
      { status: 202, body: { event: 'r', accepted: true } },
      { status: 200, body: { event: 't', verdict: 'applied', conversation: { status: 'in_progress' } } },
      { status: 200, body: { event: 'c', verdict: 'applied', conversation: { status: 'closed' } } },
    ]);
  });

  it('answers each as a single one would be, also where others fail', async () => {
    const [a, b] = [deciding.conversation().id, deciding.conversation().id];
    const { results } = await send([
      entry(a, { id: 'x', type: 'reopen', agent: 'ana' }),
      entry(a, { id: 'y', type: 'unsnooze' }),
      entry(a, { id: 'y', type: 'mark_read' }),
      entry(a, { id: 'z', type: 'reply' }),
      entry(a, { type: 'message' }),
      entry('not an id', { id: 'm', type: 'message' }),
      'nonsense',
      null,
      { conversation: b, event: { id: 'm', type: 'message' }, at: 1 },
      message(b, 'm'),
    ]);

    expect(results.map((r) => r.status)).toEqual([409, 200, 422, 400, 400, 400, 400, 400, 400, 202]);
    expect(results[0]?.body).toMatchObject({
      rule: 'not_closed',
      status: 409,
      conversation: { conversation: a },
    });
    expect(results[1]?.body).toMatchObject({ event: 'y', verdict: 'ignored', reason: 'no_change' });
    expect(results[4]?.body).toMatchObject({ rule: 'event_id_required' });
    expect(results[5]?.body).toMatchObject({ errors: [{ path: 'conversation' }] });
    expect(results[8]?.body).toMatchObject({ errors: [{ path: 'at' }] });
  });

  it('answers a repeated one the same', async () => {
    const entries = [message(deciding.conversation().id, 'm')];
    const prefer = { Prefer: 'wait=10' };
    const first = await send(entries, prefer);

    expect(first.results[0]).toMatchObject({ status: 200, body: { verdict: 'applied' } });
    expect((await send(entries, prefer)).results).toEqual(first.results);
  });

  it('keeps to what is preferred', async () => {
    const close = entry(deciding.conversation().id, { id: 'c', type: 'close', agent: 'ana' });
    const { results, headers } = await send([close], { Prefer: 'respond-async' });

    expect(results).toEqual([{ status: 202, body: { event: 'c', accepted: true } }]);
    expect(headers.get('preference-applied')).toBe('respond-async');
  });

  it('takes a thousand, over many conversations, each in order', async () => {
    const names = Array.from({ length: 50 }, () => deciding.conversation());
    const entries = Array.from({ length: 20 }, (_, n) => names.map(({ id }) => message(id, `m${n}`))).flat();
    await deciding.take('support', entries);

    for (const c of names.slice(0, 5)) {
      await c.decide({ id: 'last', type: 'mark_read' });
      const events = (await c.timeline()).map((e) => e.event).reverse();
      expect(events).toEqual([...Array.from({ length: 20 }, (_, n) => `m${n}`), 'last']);
    }
  }, 60_000);

  it('may be empty, and is refused as a whole where it is no list, too long, or of an unknown inbox', async () => {
    expect((await send([])).results).toEqual([]);
    const path = '/v1/inboxes/support/events';
    const many = Array.from({ length: 1001 }, () => null);
    for (const body of [{}, many, 'x', null]) isProblem(await deciding.api.post(path, body), 400);
    isProblem(await deciding.api.post('/v1/inboxes/nowhere/events', []), 404);
  });
});
