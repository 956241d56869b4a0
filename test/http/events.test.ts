import { acceptedAnswer, decidedAnswer } from '../../src/http/resources/events';
import { eventually } from '../workflows/support/eventually';
import { assign, Deciding } from './support/deciding';
import { isProblem } from './support/problem';

let deciding: Deciding;

beforeAll(async () => {
  deciding = await Deciding.start();
});
afterAll(() => deciding.stop());

const conversation = (inbox?: string) => deciding.conversation(inbox);

describe('the 202 form', () => {
  it.each([
    ['message', { id: 'e', type: 'message' }],
    ['agent_reply', { id: 'e', type: 'agent_reply', agent: 'ana' }],
  ])('is the answer to a %s', async (_, event) => {
    const c = conversation();
    const answer = await c.send(event);
    expect(answer).toMatchObject({ status: 202, body: { event: 'e', accepted: true } });
    expect(acceptedAnswer.safeParse(answer.body).success).toBe(true);
    await eventually('it is decided', async () => (await c.timeline()).length === 1);
  });

  it('is what respond-async asks for', async () => {
    const answer = await conversation().send(assign('a'), { Prefer: 'respond-async' });
    expect(answer).toMatchObject({ status: 202, body: { event: 'a', accepted: true } });
    expect(answer.headers.get('preference-applied')).toBe('respond-async');
  });

  it('is given when the wait runs out', async () => {
    expect((await conversation().send(assign('a'), { Prefer: 'wait=0' })).status).toBe(202);
  });

  it('is not delayed by a repeat, which is dropped', async () => {
    const c = conversation();
    for (let i = 0; i < 3; i++) expect((await c.send({ id: 'm', type: 'message' })).status).toBe(202);
    expect((await c.send({ id: 'm', type: 'message', kind: 'media' })).status).toBe(202);
    await c.send(assign('last'));
    expect((await c.timeline()).map((entry) => entry.event)).toEqual(['last', 'm']);
  });
});

describe('the answered form', () => {
  it('tells what was made of the event, and a read that follows sees it', async () => {
    const c = conversation();
    await c.send({ id: 'm', type: 'message' });
    const answer = await c.send(assign('a'));
    expect(answer.status).toBe(200);
    expect(decidedAnswer.safeParse(answer.body).error).toBeUndefined();
    expect(answer.body).toMatchObject({
      event: 'a',
      verdict: 'applied',
      conversation: {
        inbox: 'support',
        conversation: c.id,
        status: 'new',
        version: 2,
        assignee: { agent: 'ana' },
      },
    });
    expect((await deciding.api.get(c.path)).body).toEqual(answer.body.conversation);
  });

  it('tells why an event was ignored', async () => {
    const c = conversation();
    const answer = await c.send({ id: 'u', type: 'unsnooze' });
    expect(answer).toMatchObject({ status: 200, body: { verdict: 'ignored', reason: 'no_change' } });
    expect(answer.body.conversation).toMatchObject({ status: 'not_contacted', version: 0 });
  });

  it('refuses with the rule and the conversation: 409', async () => {
    const answer = await conversation().send({ id: 'c', type: 'close', agent: 'ana' });
    isProblem(answer, 409);
    expect(answer.body).toMatchObject({
      rule: 'not_open',
      conversation: { status: 'not_contacted', version: 0 },
    });
  });

  it('is what wait=N asks for, for a message too', async () => {
    const answer = await conversation().send(
      { id: 'm', type: 'message' },
      { Prefer: 'respond-async, wait=5' },
    );
    expect(answer).toMatchObject({
      status: 200,
      body: { verdict: 'applied', conversation: { status: 'new' } },
    });
    expect(answer.headers.get('preference-applied')).toBe('wait=5');
  });

  it('takes no longer than asked', async () => {
    const c = conversation();
    await deciding.service.stopWorker();
    try {
      const started = performance.now();
      expect((await c.send(assign('a'), { Prefer: 'wait=1' })).status).toBe(202);
      expect(performance.now() - started).toBeLessThan(2_000);
    } finally {
      await deciding.service.startWorker();
    }
    expect((await c.send(assign('a'))).status).toBe(409);
  });
});

it.each([
  ['in the past', new Date(Date.now() - 1000).toISOString()],
  ['more than a year ahead', new Date(Date.now() + 367 * 86_400_000).toISOString()],
  ['no time', 'tomorrow'],
])('refuses a snooze until a moment that is %s: 400', async (_, until) => {
  const answer = await conversation().send({ id: 's', type: 'snooze', until });
  isProblem(answer, 400);
  expect(answer.body.errors).toMatchObject([{ path: 'until' }]);
});

it.each([
  ['six minutes ahead', new Date(Date.now() + 6 * 60_000).toISOString()],
  ['before 2000', '1999-12-31T23:59:59Z'],
])('refuses an event that occurred %s: 400', async (_, occurred_at) => {
  for (const headers of [undefined, { Prefer: 'wait=1' }]) {
    const answer = await conversation().send({ id: 'm', type: 'message', occurred_at }, headers);
    isProblem(answer, 400);
    expect(answer.body.errors).toMatchObject([{ path: 'occurred_at' }]);
  }
});

it('takes an event whose sender’s clock is four minutes ahead', async () => {
  const occurred_at = new Date(Date.now() + 4 * 60_000).toISOString();
  expect((await conversation().send({ id: 'm', type: 'message', occurred_at })).status).toBe(202);
});

it('does not know an unknown inbox: 404, and nothing begins', async () => {
  const answer = await deciding.api.post('/v1/inboxes/nowhere/conversations/c/events', {
    id: 'm',
    type: 'message',
  });
  isProblem(answer, 404);
});

it('fifty first messages at once make one conversation of fifty decisions', async () => {
  const c = conversation();
  const ids = Array.from({ length: 50 }, (_, i) => `m${i}`);
  const answers = await Promise.all(ids.map((id) => c.send({ id, type: 'message' }, { Prefer: 'wait=10' })));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  const entries = await deciding.api.all(`${c.path}/timeline`, 20);
  expect(entries.map((entry) => entry.event).sort()).toEqual([...ids].sort());
});
