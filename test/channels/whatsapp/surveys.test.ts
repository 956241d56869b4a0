/** Surveys that go out through WhatsApp: workflow, worker, database, API are real; WhatsApp is a stand-in with its rules. */
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GraphStandIn } from '../../../examples/whatsapp/graph-stand-in';
import { World } from '../../webhooks/support/world';
import { eventually } from '../../workflows/support/eventually';
import { PHONE_NUMBER_ID } from './payloads';
import { Meta, SECRETS } from './support/meta';

let world: World;
const standIns: GraphStandIn[] = [];

beforeAll(async () => void (world = await World.start()));
afterAll(async () => {
  await world.stop();
  await Promise.all(standIns.map((graph) => graph.stop()));
});
afterEach(() => void (world.service.ahead = 0));

const HOUR = 3_600_000;
const TEMPLATE = { name: 'how_was_it', language: 'en' };
let numbers = 0;

interface Shown {
  status: string;
  survey: { survey: string; state: string; score: number | null; failure: string | null } | null;
}

/** An inbox with surveys, connected, and a customer who has written and was answered. */
async function given({ settings = {}, channel = {}, template = false, graph_url = '' } = {}) {
  const { api } = world;
  const graph = await GraphStandIn.start({
    phone_number_id: PHONE_NUMBER_ID,
    ...SECRETS,
    templates: [TEMPLATE],
    now: world.service.deliveryTime,
  });
  standIns.push(graph);
  const inbox = await api.inbox({ csat: { enabled: true }, ...settings });
  const survey = { text: 'How was our help?', button: 'Rate us', ...(template && { template: TEMPLATE }) };
  const meta = await Meta.connected(api, inbox, { graph_url: graph_url || graph.url, survey, ...channel });
  graph.connect(api.url + meta.path);
  const customer = `1650666${(numbers += 1).toString().padStart(4, '0')}`;
  await graph.writes(customer, 'hello?');
  const path = await eventually('the conversation is there', async () => {
    const { body } = await api.get(`/v1/inboxes/${inbox}/conversations`);
    return (
      body.items.length === 1 && `/v1/inboxes/${inbox}/conversations/${String(body.items[0]?.conversation)}`
    );
  });
  const now = async () => (await api.get(path)).body as unknown as Shown;
  const decide = (event: object) =>
    api.post(`${path}/events`, { id: randomUUID(), ...event }, { headers: { Prefer: 'wait=10' } });
  return {
    ...{ graph, inbox, customer, meta, now, decide, conversation: path.split('/').at(-1) },
    closes: () => decide({ type: 'close', agent: 'ana' }),
    becomes: (is: (c: Shown) => boolean) => eventually('it is so', async () => is(await now()), 30_000),
    sent: (count = 1) =>
      eventually(
        `${count} are sent`,
        () => Promise.resolve(graph.taken.length === count && graph.taken.at(-1)!),
        30_000,
      ),
    channel: async () => (await api.get(`/v1/inboxes/${inbox}/whatsapp`)).body,
    deliveries: async () =>
      (
        await api.pool.query<{ state: string; tries: number; attempts: { error: string | null }[] }>(
          `SELECT state, tries, attempts FROM deliveries WHERE inbox = $1 AND webhook LIKE 'wac%' ORDER BY nth`,
          [inbox],
        )
      ).rows,
  };
}

test('a survey goes out as a list of five, once, and the row that is tapped is its answer', async () => {
  const { graph, closes, sent, becomes, deliveries } = await given();
  await closes();
  const message = await sent();
  expect(message.message).toMatchObject({
    type: 'interactive',
    interactive: { type: 'list', body: { text: 'How was our help?' }, action: { button: 'Rate us' } },
  });
  expect(message.message.interactive?.action?.sections?.[0]?.rows).toHaveLength(5);
  await graph.reports(message, 'delivered');
  await graph.taps(message, /^4/);
  await becomes((c) => c.status === 'closed' && c.survey?.state === 'answered' && c.survey.score === 4);
  expect(graph.requests).toBe(1);
  expect(await deliveries()).toMatchObject([{ state: 'delivered', tries: 1 }]);
});

test('outside the window it goes as the template', async () => {
  const { closes, sent } = await given({ template: true, settings: { customer_window_seconds: 1 } });
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  await closes();
  expect((await sent()).message).toMatchObject({
    type: 'template',
    template: { name: TEMPLATE.name, language: { code: 'en' } },
  });
});

test('outside the window and without a template the survey fails, and nothing is sent', async () => {
  const { graph, closes, becomes } = await given({ settings: { customer_window_seconds: 1 } });
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  await closes();
  await becomes((c) => c.status === 'closed' && c.survey?.failure === 'outside_window');
  expect(graph.requests).toBe(0);
});

test('where WhatsApp says that the window is closed (131047) the template follows at once', async () => {
  const { graph, closes, sent } = await given({ template: true });
  graph.refuseNext(131047);
  await closes();
  expect((await sent()).message.type).toBe('template');
  expect(graph.requests).toBe(2);
});

test('where it says so and there is no template the survey fails', async () => {
  const { graph, closes, becomes } = await given();
  graph.refuseNext(131047);
  await closes();
  await becomes((c) => c.status === 'closed' && c.survey?.failure === 'outside_window');
});

test.each([131026, 131049, 131050, 130472])('%i is final: the survey fails with the code', async (code) => {
  const { graph, closes, becomes } = await given();
  graph.refuseNext(code);
  await closes();
  await becomes((c) => c.status === 'closed' && c.survey?.failure === String(code));
  expect(graph.requests).toBe(1);
});

test.each([130429, 131056, 80007, 131016])(
  '%i: again later, with a pause, and then it is sent once',
  async (code) => {
    const { graph, closes, sent, deliveries } = await given();
    graph.refuseNext(code, code);
    await closes();
    await eventually('refused once', () => Promise.resolve(graph.requests === 1));
    await eventually('it waits', async () => (await deliveries())[0]?.tries === 1);
    world.service.ahead += 10_000;
    await eventually('refused twice', () => Promise.resolve(graph.requests === 2), 30_000);
    await eventually('it waits', async () => (await deliveries())[0]?.tries === 2);
    world.service.ahead += 60_000;
    await sent();
    expect(graph.requests).toBe(3);
  },
);

test('131048: the number rests for a while, other customers too', async () => {
  const { graph, closes, deliveries, sent } = await given();
  graph.refuseNext(131048);
  await closes();
  await eventually('it waits', async () => (await deliveries())[0]?.tries === 1);
  world.service.ahead += 5 * 60_000;
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  expect(graph.requests).toBe(1);
  world.service.ahead += 15 * 60_000;
  await sent();
});

test('a wrong token (190): the channel says so, tries again, and says no more of it once it is right', async () => {
  const { graph, inbox, closes, channel, sent, now } = await given({ channel: { access_token: 'old' } });
  await closes();
  await eventually('it is told', async () => (await channel()).problem !== null);
  expect((await channel()).problem).toMatchObject({ code: '190' });
  expect((await now()).status).toBe('resolved');
  const survey = { text: 'How was our help?', button: 'Rate us' };
  await Meta.connected(world.api, inbox, { graph_url: graph.url, survey });
  world.service.ahead += 2 * 60_000;
  await sent();
  expect((await channel()).problem).toBeNull();
});

test('what is wrong with the set-up stays told until a message is taken', async () => {
  const { graph, closes, channel, sent } = await given();
  graph.refuseNext(131042);
  await closes();
  await eventually('it is told', async () => channel().then((c) => c.problem !== null));
  world.service.ahead += 2 * 60_000;
  await sent();
  await eventually('it is told no more', async () => (await channel()).problem === null);
});

test('a failed status fails the survey with its code, also where it names the message alone', async () => {
  for (const named of [true, false]) {
    const { graph, closes, sent, becomes } = await given();
    await closes();
    const message = await sent();
    const { biz_opaque_callback_data: _, ...bare } = message.message;
    await eventually('the id is noted', async () => {
      const { rows } = await world.api.pool.query('SELECT FROM whatsapp_surveys WHERE message_id = $1', [
        message.id,
      ]);
      return rows.length === 1;
    });
    await graph.reports(named ? message : { ...message, message: bare }, 'failed', 131026);
    await becomes((c) => c.status === 'closed' && c.survey?.failure === '131026');
  }
});

test('a survey that nobody waits for any more by the time it could be sent is not sent', async () => {
  const { graph, closes, becomes, deliveries, customer } = await given();
  graph.refuseNext(131056);
  await closes();
  await eventually('it waits', async () => (await deliveries())[0]?.tries === 1);
  await graph.writes(customer, 'one more question');
  await becomes((c) => c.status === 'in_progress');
  world.service.ahead += HOUR;
  await eventually('it is over', async () => (await deliveries())[0]?.state === 'parked', 30_000);
  expect(graph.taken).toHaveLength(0);
});

describe('at most one survey message reaches the customer', () => {
  test('where WhatsApp took it and the answer is lost', async () => {
    const { graph, closes, deliveries, now } = await given();
    graph.insteadNext((response, take) => {
      take();
      response.destroy();
    });
    await closes();
    await eventually('it is given up', async () => (await deliveries())[0]?.state === 'parked', 30_000);
    world.service.ahead += 4 * HOUR;
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect([graph.taken.length, graph.requests]).toEqual([1, 1]);
    expect((await now()).status).toBe('resolved');
    await graph.taps(graph.taken[0]!, /^5/);
    await eventually('it is answered', async () => (await now()).survey?.score === 5);
  });

  test('where a worker was killed between sending it and noting so: what it leaves is a claim', async () => {
    const { graph, inbox, conversation, closes, deliveries, now } = await given();
    await world.api.pool.query(
      'INSERT INTO whatsapp_surveys (account, inbox, survey, conversation) VALUES ($1, $2, $3, $4)',
      [world.api.account, inbox, `${conversation}.1`, conversation],
    );
    await closes();
    await eventually('it is given up', async () => (await deliveries())[0]?.state === 'parked', 30_000);
    expect((await deliveries())[0]?.attempts[0]?.error).toMatch(/not known whether it was sent/);
    expect(graph.requests).toBe(0);
    expect((await now()).status).toBe('resolved');
  });

  test('where the answer is a page of a proxy', async () => {
    const { graph, closes, deliveries } = await given();
    graph.insteadNext((response, take) => {
      take();
      response.writeHead(502, { 'Content-Type': 'text/html' }).end('<h1>Bad gateway</h1>');
    });
    await closes();
    await eventually('it is given up', async () => (await deliveries())[0]?.state === 'parked', 30_000);
    expect([graph.taken.length, graph.requests]).toEqual([1, 1]);
  });
});

test('where WhatsApp cannot be reached at all it is sent later', async () => {
  const closed = createServer();
  await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
  const { port } = closed.address() as AddressInfo;
  await new Promise((resolve) => closed.close(resolve));
  const { graph, inbox, closes, deliveries, sent } = await given({ graph_url: `http://127.0.0.1:${port}` });
  await closes();
  await eventually('it waits', async () => (await deliveries())[0]?.tries === 1);
  expect((await deliveries())[0]?.attempts[0]?.error).toBe('ECONNREFUSED');
  const survey = { text: 'How was our help?', button: 'Rate us' };
  await Meta.connected(world.api, inbox, { graph_url: graph.url, survey });
  world.service.ahead += 60_000;
  await sent();
});

test("a survey of a conversation that is not WhatsApp's is left to whoever runs it", async () => {
  const { inbox, graph, deliveries } = await given();
  const path = `/v1/inboxes/${inbox}/conversations/c_elsewhere`;
  await world.api.post(`${path}/events`, { id: 'm', type: 'message' });
  await world.api.post(`${path}/events`, { id: 'c', type: 'close', agent: 'ana' });
  await eventually('it is given up', async () => (await deliveries())[0]?.state === 'parked');
  expect((await world.api.get(path)).body).toMatchObject({
    status: 'resolved',
    survey: { state: 'pending' },
  });
  expect(graph.requests).toBe(0);
});

test('what is kept of sending holds neither number nor token nor text', async () => {
  const { closes, sent, customer, inbox, graph } = await given();
  graph.refuseNext(131056);
  await closes();
  await eventually('refused', () => Promise.resolve(graph.requests === 1));
  world.service.ahead += HOUR / 2;
  await sent();
  for (const table of ['deliveries', 'outbox', 'whatsapp_surveys', 'whatsapp_contacts']) {
    const { rows } = await world.api.pool.query(`SELECT * FROM ${table} WHERE inbox = $1`, [inbox]);
    expect([table, rows.length > 0]).toEqual([table, true]);
    expect(JSON.stringify(rows)).not.toMatch(new RegExp(`${customer}|${SECRETS.access_token}|hello`));
  }
});
