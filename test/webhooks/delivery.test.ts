/** What endpoints are told, and when: workflow, worker, database, API and receivers are real. */
import { assign } from '../http/support/deciding';
import { eventually } from '../workflows/support/eventually';
import { verify } from './support/receiver';
import { World } from './support/world';

let world: World;

beforeAll(async () => void (world = await World.start()));
afterAll(() => world.stop());

test('given an endpoint, when a status changes, then it gets a signed delivery with the conversation right after the decision', async () => {
  const receiver = await world.receiver();
  const hook = await world.hook(receiver);
  const c = world.conversation();
  await c.decide({ id: 'm1', type: 'message' });
  await c.decide({ id: 'r1', type: 'agent_reply', agent: 'ana' });
  await world.delivered(hook, 2);
  const [first, second] = receiver.received;
  expect(first!.told).toMatchObject({
    type: 'conversation.status_changed',
    timestamp: expect.stringMatching(/^\d{4}-.*Z$/) as string,
    data: {
      account: world.api.account,
      inbox: 'support',
      seq: 1,
      version: 1,
      from: 'not_contacted',
      to: 'new',
      episode: 1,
      event: { id: 'm1', type: 'message', by: null },
      conversation: { inbox: 'support', conversation: c.id, status: 'new', version: 1, unread: true },
    },
  });
  expect(second!.told.data).toMatchObject({
    event: { id: 'r1', type: 'agent_reply', by: 'ana' },
    conversation: { status: 'in_progress', assignee: { team: null, agent: 'ana' }, unread: false },
  });
  expect(verify(hook.secret, first!)).toEqual(first!.told);
  expect(() => verify('whsec_c3RyYW5nZXI=', first!)).toThrow();
  expect(first!.headers['content-type']).toBe('application/json');
});

test('given two events decided together, then the first delivery says new and the second in_progress', async () => {
  const receiver = await world.receiver();
  const hook = await world.hook(receiver);
  const c = world.conversation();
  await c.send({ id: 'm1', type: 'message' });
  await c.send({ id: 'r1', type: 'agent_reply', agent: 'ana' });
  await world.delivered(hook, await receiverCount(hook));
  const told = receiver.of(c.id).filter((t) => t.type === 'conversation.status_changed');
  expect(told.map((t) => t.data.to)).toEqual(told.map((t) => t.data.conversation.status));

  async function receiverCount(h: typeof hook) {
    return eventually('both are there', async () => {
      const all = await world.deliveries(h);
      const statuses = all.filter((d) => d.type === 'conversation.status_changed');
      return statuses.length === 2 && all.length;
    });
  }
});

test('the very first message tells a status change, from not_contacted to new, once', async () => {
  const receiver = await world.receiver();
  const hook = await world.hook(receiver);
  const c = world.conversation();
  await world.api.post('/v1/inboxes/support/contacts', { conversations: [c.id] });
  await c.decide({ id: 'm1', type: 'message' });
  await world.delivered(hook, 1);
  expect(receiver.of(c.id).map(({ type, data }) => [type, data.from, data.to])).toEqual([
    ['conversation.status_changed', 'not_contacted', 'new'],
  ]);
});

test('a hand-over tells one status change, though the assignee changes in the same act', async () => {
  const receiver = await world.receiver();
  const c = world.conversation();
  await c.decide({ id: 'f1', type: 'flow_start', flow: 'f', execution: 'x' });
  const hook = await world.hook(receiver);
  await c.decide({ id: 'f2', type: 'flow_end', execution: 'x', assign: { team: 'sales' } });
  await eventually('it is told', async () => (await world.deliveries(hook, 'delivered')).length > 0);
  const told = receiver.of(c.id).filter((t) => t.type === 'conversation.status_changed');
  expect(told.map((t) => [t.data.from, t.data.to])).toEqual([['in_flow', 'in_progress']]);
});

test('an endpoint hears of what is decided from its creation on, and of nothing before', async () => {
  const receiver = await world.receiver();
  const c = world.conversation();
  await c.decide({ id: 'm1', type: 'message' });
  const hook = await world.hook(receiver);
  await c.decide({ id: 'r1', type: 'agent_reply', agent: 'ana' });
  await world.delivered(hook, 1);
  expect(receiver.of(c.id).map((t) => t.data.to)).toEqual(['in_progress']);
});

test('given types and inboxes, then the endpoint gets only these, and nothing of another account', async () => {
  const [all, some, stranger] = [await world.receiver(), await world.receiver(), await world.receiver()];
  const whole = await world.hook(all);
  const part = await world.hook(some, { types: ['survey.requested'], inboxes: ['csat'] });
  const key = await world.api.addKey(undefined, 'stranger');
  await world.api.post('/v1/webhooks', { url: stranger.url }, { key });
  for (const inbox of ['support', 'csat']) {
    const c = world.conversation(inbox);
    await c.decide({ id: 'm1', type: 'message' });
    await c.decide({ id: 'c1', type: 'close', agent: 'ana' });
  }
  await eventually('the part is told', async () => (await world.deliveries(part, 'delivered')).length === 1);
  await eventually('all is told', async () => (await world.deliveries(whole, 'pending')).length === 0);
  expect(some.received.map((r) => [r.told.type, r.told.data.inbox])).toEqual([['survey.requested', 'csat']]);
  const requested = some.received[0]!.told.data;
  expect(requested.expires_at).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
  expect(stranger.received).toEqual([]);
});

test('given a paused endpoint, when it is active again, then it is told what was decided meanwhile, in order', async () => {
  const receiver = await world.receiver();
  const hook = await world.hook(receiver);
  await world.api.ask('PATCH', hook.path, { body: { state: 'paused' } });
  const c = world.conversation();
  await c.decide({ id: 'm1', type: 'message' });
  await c.decide({ id: 'r1', type: 'agent_reply', agent: 'ana' });
  await c.decide({ id: 'c1', type: 'close', agent: 'ana' });
  await eventually('they wait', async () => (await world.deliveries(hook, 'pending')).length >= 3);
  expect(receiver.received).toEqual([]);
  await world.api.ask('PATCH', hook.path, { body: { state: 'active' } });
  await eventually('none waits', async () => (await world.deliveries(hook, 'pending')).length === 0);
  const seqs = receiver.of(c.id).map((t) => t.data.seq);
  expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
  expect(new Set(seqs)).toEqual(new Set([1, 2, 3]));
});

test('when a test is asked for, then the endpoint gets one, signed', async () => {
  const receiver = await world.receiver();
  const hook = await world.hook(receiver);
  const { status, body } = await world.api.post(`${hook.path}/test`, undefined);
  expect(status).toBe(202);
  await world.delivered(hook, 1);
  const [test] = receiver.received;
  expect(test!.headers['webhook-id']).toBe(body.delivery);
  expect(verify(hook.secret, test!)).toMatchObject({ type: 'webhook.test', data: { webhook: hook.webhook } });
});

test('when the secret is rotated, then both sign for a day, and from then on the new one alone', async () => {
  const receiver = await world.receiver();
  const hook = await world.hook(receiver);
  const { status, body } = await world.api.post(`${hook.path}/rotate_secret`, undefined);
  expect(status).toBe(200);
  const rotated = String(body.secret);
  expect(rotated).not.toBe(hook.secret);
  const c = world.conversation();
  await c.decide({ id: 'm1', type: 'message' });
  await world.delivered(hook, 1);
  const [both] = receiver.received;
  expect(String(both!.headers['webhook-signature']).split(' ')).toHaveLength(2);
  for (const secret of [hook.secret, rotated]) expect(verify(secret, both!)).toEqual(both!.told);
  await world.service.database.pool.query(
    `UPDATE webhooks SET secrets = replace(secrets::text, '"expires_at":"20', '"expires_at":"10')::json WHERE webhook = $1`,
    [hook.webhook],
  );
  await c.decide(assign('a1'));
  await c.decide({ id: 'r1', type: 'agent_reply', agent: 'ana' });
  await eventually('the next is told', () => Promise.resolve(receiver.received.length > 1));
  const later = receiver.received.at(-1)!;
  expect(() => verify(hook.secret, later)).toThrow();
  expect(verify(rotated, later)).toEqual(later.told);
});

test('given many conversations, when one endpoint is dead, then another is told all the same, each in order', async () => {
  const receiver = await world.receiver();
  const dead = await world.hook({ url: 'http://127.0.0.1:9/dead' });
  await world.hook(receiver);
  const conversations = Array.from({ length: 30 }, () => world.conversation());
  await Promise.all(
    conversations.map(async (c) => {
      await c.decide({ id: 'm1', type: 'message' });
      await c.decide({ id: 'r1', type: 'agent_reply', agent: 'ana' });
      await c.decide({ id: 'c1', type: 'close', agent: 'ana', skip_survey: true });
      await c.decide({ id: 'o1', type: 'reopen', agent: 'ana' });
    }),
  );
  const changes = (id: string) => receiver.of(id).filter((t) => t.type === 'conversation.status_changed');
  await eventually('all is told', () =>
    Promise.resolve(conversations.every((c) => changes(c.id).length === 4)),
  );
  for (const c of conversations) {
    const told = changes(c.id);
    expect(told.map((t) => t.data.to)).toEqual(['new', 'in_progress', 'closed', 'in_progress']);
  }
  const tried = (await world.deliveries(dead)).flatMap((d) => d.attempts);
  expect(tried.length).toBeGreaterThan(0);
  expect(tried[0]!).toMatchObject({ status: null, error: expect.stringContaining('ECONNREFUSED') as string });
});
