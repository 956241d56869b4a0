/** Receivers that fail. The clock that deliveries go by jumps when a test says so; everything else is real. */
import { eventually } from '../workflows/support/eventually';
import { World } from './support/world';

let world: World;

beforeEach(async () => void (world = await World.start()));
afterEach(() => world.stop());

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;

/** Lets so much time pass for the deliveries, and has them looked at. */
async function pass(ms: number): Promise<void> {
  world.service.ahead += ms;
  await world.service.database.pool.query('UPDATE webhooks SET wake_at = $1', [new Date()]);
}

async function message(): Promise<string> {
  const c = world.conversation();
  await c.decide({ id: 'm1', type: 'message' });
  return c.id;
}

test('given a receiver that answers 500, when it answers 200, then the delivery arrives, and each attempt is shown', async () => {
  const receiver = await world.receiver();
  receiver.answers(500, {}, `out of order\0${'!'.repeat(2_000)}`);
  const hook = await world.hook(receiver);
  await message();
  const [failed] = await eventually('it fails', async () => {
    const pending = await world.deliveries(hook, 'pending');
    return pending[0]?.attempts.length === 1 && pending;
  });
  expect(failed!.attempts[0]).toMatchObject({ status: 500, error: null });
  expect(failed!.attempts[0]!.answer).toMatch(/^out of order\ufffd!+$/);
  expect(Buffer.byteLength(failed!.attempts[0]!.answer)).toBeLessThanOrEqual(1_026);
  const wait = Date.parse(failed!.next_attempt_at!) - Date.parse(failed!.attempts[0]!.at);
  expect(wait).toBeGreaterThanOrEqual(5_000);
  expect(wait).toBeLessThan(6_000);
  receiver.answers(200);
  await pass(6 * SECOND);
  const [delivered] = await world.delivered(hook, 1);
  expect(delivered!.attempts.map((a) => a.status)).toEqual([500, 200]);
  expect(receiver.ids).toEqual([delivered!.delivery]);
  expect(new Set(receiver.received.map((r) => r.body)).size).toBe(1);
});

test('Retry-After is honoured', async () => {
  const receiver = await world.receiver();
  receiver.answers(429, { 'Retry-After': '3600' });
  const hook = await world.hook(receiver);
  await message();
  const due = await eventually('it fails', async () => {
    const [first] = await world.deliveries(hook, 'pending');
    return first?.attempts.length === 1 && Date.parse(first.next_attempt_at!);
  });
  expect(due - Date.now()).toBeGreaterThan(HOUR - 10 * SECOND);
});

test('a redirect is a failure, and is not followed', async () => {
  const [receiver, elsewhere] = [await world.receiver(), await world.receiver()];
  receiver.answers(307, { Location: elsewhere.url });
  const hook = await world.hook(receiver);
  await message();
  await eventually(
    'it fails',
    async () => (await world.deliveries(hook, 'pending'))[0]?.attempts.length === 1,
  );
  expect((await world.deliveries(hook))[0]!.attempts[0]!.status).toBe(307);
  expect(elsewhere.received).toEqual([]);
});

test('410 pauses the endpoint; what it refused waits, and is told when it is active again', async () => {
  const receiver = await world.receiver();
  receiver.answers(410);
  const hook = await world.hook(receiver);
  await message();
  await eventually('it is paused', async () => (await world.api.get(hook.path)).body.state === 'paused');
  expect(await world.deliveries(hook, 'pending')).toHaveLength(1);
  receiver.answers(204);
  await world.api.ask('PATCH', hook.path, { body: { state: 'active' } });
  await pass(6 * SECOND);
  await world.delivered(hook, 1);
});

test('given one conversation that is refused for three days, then it is parked, and its next one goes on; others never waited', async () => {
  const receiver = await world.receiver();
  const bad = world.conversation();
  receiver.answer = ({ told }, response) => {
    const refused = told.data.conversation?.conversation === bad.id && told.data.seq === 1;
    response.writeHead(refused ? 422 : 204).end();
  };
  const hook = await world.hook(receiver);
  await bad.decide({ id: 'm1', type: 'message' });
  await bad.decide({ id: 'r1', type: 'agent_reply', agent: 'ana' });
  const good = await message();
  await eventually('the other is told', () => Promise.resolve(receiver.of(good).length === 1));
  for (let tries = 1; ; tries += 1) {
    const first = await eventually('it is tried', async () => {
      const mine = (await world.deliveries(hook)).filter((d) => d.conversation === bad.id).at(-1);
      return mine && mine.attempts.length >= tries && mine;
    });
    if (first.state === 'parked') {
      expect(tries).toBe(13);
      break;
    }
    expect(receiver.of(bad.id).every((t) => t.data.seq === 1)).toBe(true);
    await pass(Date.parse(first.next_attempt_at!) - world.service.deliveryTime() + 1);
  }
  await pass(60 * SECOND); // its failures had the endpoint held
  await eventually('its next is told', () =>
    Promise.resolve(receiver.of(bad.id).some((t) => t.data.seq === 2)),
  );
  const [parked] = await world.deliveries(hook, 'parked');
  const first = Date.parse(parked!.attempts[0]!.at);
  const last = Date.parse(parked!.attempts.at(-1)!.at);
  expect(last - first).toBeGreaterThan(60 * HOUR);
  expect(last - first).toBeLessThan(72 * HOUR);

  receiver.answers(204);
  const again = await world.api.post(`${hook.path}/redeliver`, { deliveries: [parked!.delivery] });
  expect(again.body).toEqual({ redelivered: 1 });
  await eventually('it is delivered', async () => (await world.deliveries(hook, 'parked')).length === 0);
  await eventually('none waits', async () => (await world.deliveries(hook, 'pending')).length === 0);
}, 120_000);

test('given a dead endpoint with many waiting, then after five failures one is tried at a time, and all are told when it is back', async () => {
  const receiver = await world.receiver();
  receiver.answers(503);
  const hook = await world.hook(receiver);
  const conversations = await Promise.all(Array.from({ length: 20 }, message));
  await eventually('all wait', async () => (await world.deliveries(hook, 'pending')).length === 20);
  const before = await eventually('some were tried, and no more for a while', async () => {
    const { length } = receiver.received;
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    return length >= 5 && receiver.received.length === length && length;
  });
  // A try that is not noted yet would be noted under the clock that `pass` moves, and be due again much later.
  const noted = async () => (await world.deliveries(hook)).flatMap((d) => d.attempts).length;
  await pass(6 * SECOND);
  await eventually('one is tried', async () => (await noted()) === before + 1);
  await pass(11 * SECOND);
  await eventually('one more', async () => (await noted()) === before + 2);
  expect(receiver.received).toHaveLength(before + 2);
  receiver.answers(204);
  await pass(180 * SECOND);
  await world.delivered(hook, 20);
  expect(new Set(conversations.map((id) => receiver.of(id).at(-1)?.data.to))).toEqual(new Set(['new']));
});

test('given a workflow that could not be woken, then it is woken at the next look, not a minute later', async () => {
  await world.distributeNot();
  const receiver = await world.receiver();
  const hook = await world.hook(receiver);
  await message();
  await eventually('it is handed out, and Temporal is away', async () => {
    const away = () => Promise.reject(new Error('Temporal is away'));
    const told = await world.distributeOnce(away).catch((error: Error) => error.message);
    return told === 'Temporal is away';
  });
  await world.distributeOnce();
  await eventually(
    'it is delivered',
    async () => (await world.deliveries(hook, 'delivered')).length === 1,
    10_000,
  );
}, 60_000);

test('given deliveries of a time, when they are asked for again, then each is told again under its own id, in order', async () => {
  const receiver = await world.receiver();
  const hook = await world.hook(receiver);
  const c = world.conversation();
  const from = new Date().toISOString();
  await c.decide({ id: 'm1', type: 'message' });
  await c.decide({ id: 'r1', type: 'agent_reply', agent: 'ana' });
  await world.delivered(hook, 2);
  const to = new Date(Date.now() + 1).toISOString();
  const { body } = await world.api.post(`${hook.path}/redeliver`, { from, to });
  expect(body).toEqual({ redelivered: 2 });
  await eventually('they are told again', () => Promise.resolve(receiver.received.length === 4));
  expect(receiver.of(c.id).map((t) => t.data.seq)).toEqual([1, 2, 1, 2]);
  expect(receiver.ids).toHaveLength(2);
  const early = await world.api.post(`${hook.path}/redeliver`, { from: to, to });
  expect(early.body).toEqual({ redelivered: 0 });
});

test('an answer that is not HTTP is a failure; of an answer that does not end the status counts', async () => {
  const receiver = await world.receiver();
  receiver.answer = (_, response) => response.socket?.end('no HTTP at all\r\n\r\n');
  const hook = await world.hook(receiver);
  await message();
  const failed = await eventually('it fails', async () => (await world.deliveries(hook))[0]?.attempts[0]);
  expect(failed).toMatchObject({
    status: null,
    error: expect.stringContaining('does not match the HTTP/1.1 protocol') as string,
  });
  receiver.answer = (_, response) => void response.writeHead(200).write('I have it, but');
  await pass(6 * SECOND);
  await world.delivered(hook, 1);
});
