import { Deciding } from './support/deciding';
import { isProblem } from './support/problem';

let deciding: Deciding;

beforeAll(async () => {
  deciding = await Deciding.start();
});
afterAll(() => deciding.stop());

const conversation = (inbox?: string) => deciding.conversation(inbox);

describe('an event’s id', () => {
  it('is needed: 400 event_id_required', async () => {
    const answer = await conversation().send({ type: 'message' });
    isProblem(answer, 400);
    expect(answer.body).toMatchObject({ rule: 'event_id_required', errors: [{ path: 'id' }] });
  });

  it('may come as Idempotency-Key, and counts the same', async () => {
    const c = conversation();
    const first = await c.send({ type: 'unsnooze' }, { 'Idempotency-Key': 'wamid.ABC==' });
    expect(first.body.event).toBe('wamid.ABC==');
    expect((await c.send({ id: 'wamid.ABC==', type: 'unsnooze' })).text).toBe(first.text);
    const both = await c.send({ id: 'wamid.ABC==', type: 'unsnooze' }, { 'Idempotency-Key': 'wamid.ABC==' });
    expect(both.text).toBe(first.text);
  });

  it('in the body counts before the header', async () => {
    const event = { id: 'in-body', type: 'unsnooze' };
    const answer = await conversation().send(event, { 'Idempotency-Key': 'in-header' });
    expect(answer.body.event).toBe('in-body');
  });

  it.each([
    ['a reserved one', { type: 'message' }, '@a'],
    ['one that is too long', { type: 'message' }, 'x'.repeat(129)],
    ['an empty one', { type: 'message' }, ''],
    ['one beyond ASCII', { type: 'message' }, 'é'],
    ['a reserved one, beside one in the body', { id: 'a', type: 'message' }, '@a'],
  ])('is refused in the header: %s: 400', async (_, event, key) => {
    const answer = await conversation().send(event, { 'Idempotency-Key': key });
    isProblem(answer, 400);
    expect(answer.body.errors).toMatchObject([{ path: 'Idempotency-Key' }]);
  });

  it.each([
    { id: '@a', type: 'message' },
    { id: '', type: 'message' },
    { id: 5, type: 'message' },
  ])('is refused in the body: %j: 400', async (event) => {
    expect((await conversation().send(event)).body.errors).toMatchObject([{ path: 'id' }]);
  });

  it('may be anything readable', async () => {
    const c = conversation();
    const event = { id: 'ключ/%2F"\'\\ 🗝 ', type: 'unsnooze' };
    const first = await c.send(event);
    expect(first.status).toBe(200);
    expect((await c.send(event)).text).toBe(first.text);
  });
});
