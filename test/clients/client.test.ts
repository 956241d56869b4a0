/** The client against a service that decides. */
import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  Client,
  InvalidWebhookError,
  ProblemError,
  verifyWebhook,
  type Streamed,
} from '../../clients/typescript/src/index';
import { TcpProxy } from '../http/support/tcp-proxy';
import { Receiver } from '../webhooks/support/receiver';
import { World } from '../webhooks/support/world';
import { eventually } from '../workflows/support/eventually';

let world: World;
let client: Client;

beforeAll(async () => {
  world = await World.start();
  client = new Client({ url: world.api.url, key: world.api.key });
});
afterAll(() => world.stop());

const assign = (agent: string) => ({ type: 'assign', agent }) as const;

/** As often as it takes on a busy machine. */
async function decided(inbox: string, conversation: string, event: Parameters<Client['send']>[2]) {
  for (const id = event.id ?? `${Math.random()}`; ;) {
    const outcome = await client.send(inbox, conversation, { ...event, id }, { wait: 10 });
    if (outcome.verdict !== 'accepted') return outcome;
  }
}

describe('sending events', () => {
  test('what is decided is told as it was decided; a refusal is no error', async () => {
    expect(await client.send('support', 'c_a', { id: 'm1', type: 'message' })).toEqual({
      event: 'm1',
      verdict: 'accepted',
    });
    expect(await decided('support', 'c_a', assign('ana'))).toMatchObject({
      verdict: 'applied',
      conversation: { status: 'new', assignee: { agent: 'ana' } },
    });
    expect(await decided('support', 'c_a', assign('ana'))).toMatchObject({
      verdict: 'ignored',
      reason: 'no_change',
    });
    expect(await decided('support', 'c_a', { type: 'reopen', agent: 'ana' })).toMatchObject({
      verdict: 'refused',
      rule: 'not_closed',
      conversation: { status: 'new' },
    });
  });

  test('what is no event is a problem that names the field', async () => {
    const sent = client.send('support', 'c_a', { id: 'x', type: 'close' } as never);
    await expect(sent).rejects.toMatchObject({ status: 400, errors: [{ path: 'agent' }] });
    const elsewhere = client.send('nowhere', 'c_a', { type: 'message' });
    await expect(elsewhere).rejects.toThrow(/^POST .* 404 /);
  });

  test('of many, each has its own outcome', async () => {
    const entries = ['c_1', 'c_2', 'c_1'].map((conversation, i) => ({
      conversation,
      event: { id: `m${i}`, type: 'message' } as const,
    }));
    const wrong = { conversation: 'c_1', event: { id: '@x', type: 'message' } as const };
    const outcomes = await client.sendAll('support', [...entries, wrong], { wait: 0 });
    expect(outcomes.slice(0, -1)).toEqual(
      entries.map(({ event }) => ({ event: event.id, verdict: 'accepted' })),
    );
    expect(outcomes.at(-1)).toBeInstanceOf(ProblemError);
    expect(outcomes.at(-1)).toMatchObject({ status: 400 });
  });
});

describe('reading', () => {
  test('a list page by page, with its filters', async () => {
    const made = await client.POST('/v1/inboxes/{inbox}/contacts', {
      params: { path: { inbox: 'csat' } },
      body: { conversations: Array.from({ length: 7 }, (_, i) => `c_${i}`) },
    });
    expect(made).toEqual({ created: 7, known: 0 });
    const path = '/v1/inboxes/{inbox}/conversations';
    const query = { limit: 3, status: ['not_contacted', 'new'] as ('not_contacted' | 'new')[] };
    const found: string[] = [];
    for await (const { conversation } of client.items(path, { params: { path: { inbox: 'csat' }, query } }))
      found.push(conversation);
    expect(found.sort()).toEqual(Array.from({ length: 7 }, (_, i) => `c_${i}`));
  });

  test('the audience, a line at a time', async () => {
    const lines = [];
    for await (const line of client.audience('csat', { status: ['not_contacted'] })) lines.push(line);
    expect(lines).toHaveLength(7);
    expect(lines[0]).toEqual({ conversation: 'c_0', window_open: false });
  });

  test('another account sees nothing: a problem with its status', async () => {
    const foreign = new Client({ url: world.api.url, key: 'unknown' });
    await expect(foreign.GET('/v1/inboxes')).rejects.toMatchObject({ status: 401 });
  });
});

describe('the stream', () => {
  test('begins with a reset, and goes on without a gap or a repeat where its connection is lost', async () => {
    const { hostname, port } = new URL(world.api.url);
    const proxy = await TcpProxy.to(hostname, Number(port));
    const reader = new Client({ url: `http://${proxy.address}`, key: world.api.key });
    const end = new AbortController();
    const seen: Streamed[] = [];
    const reading = (async () => {
      const types: ['conversation.assigned'] = ['conversation.assigned'];
      for await (const told of reader.stream('support', { types, signal: end.signal })) seen.push(told);
    })();
    await eventually('it is open', () => Promise.resolve(seen.length === 1));
    expect(seen[0]).toMatchObject({ reset: true });

    const agents = ['ana', 'bo', 'cy', 'di', 'eve', 'flo'];
    await decided('support', 'c_s', { type: 'message' });
    for (const [i, agent] of agents.entries()) {
      if (i === 2) proxy.close();
      await decided('support', 'c_s', assign(agent));
      if (i === 3) await proxy.open();
    }
    const isLast = (s: Streamed | undefined) => s?.change?.type === 'conversation.assigned' && s.change.data.to.agent === 'flo'; // prettier-ignore
    await eventually('all came', () => Promise.resolve(isLast(seen.at(-1))));
    end.abort();
    await reading;
    proxy.close();
    // a stream may begin with others', decided in the moment before
    const ofThis = seen.filter((s) => s.change?.data.conversation.conversation === 'c_s');
    const told = ofThis.map((s) => s.change?.type === 'conversation.assigned' && s.change.data.to.agent);
    expect(told).toEqual(agents);
  });

  test('a place that is none: a reset', async () => {
    for await (const told of client.stream('support', { after: 'nonsense' })) {
      expect(told).toMatchObject({ reset: true });
      break;
    }
  });

  test('nothing is heard for too long: it is opened again', async () => {
    const { hostname, port } = new URL(world.api.url);
    const proxy = await TcpProxy.to(hostname, Number(port));
    const reader = new Client({ url: `http://${proxy.address}`, key: world.api.key });
    const seen: Streamed[] = [];
    const end = new AbortController();
    const reading = (async () => {
      const options = { signal: end.signal, silence_ms: 500 };
      for await (const told of reader.stream('support', options)) seen.push(told);
    })();
    await eventually('it is open', () => Promise.resolve(seen.length === 1));
    proxy.freeze();
    await decided('support', 'c_t', { type: 'message' });
    await eventually('it is told', () => Promise.resolve(seen.length === 2));
    expect(seen[1]?.change?.data.conversation.conversation).toBe('c_t');
    end.abort();
    await reading;
    proxy.close();
  });

  test('ends when its reader gives up, also after a garbage collection', async () => {
    setFlagsFromString('--expose-gc');
    const gc = runInNewContext('gc') as () => void;
    const end = new AbortController();
    const seen: Streamed[] = [];
    const reading = (async () => {
      for await (const told of client.stream('support', { signal: end.signal })) seen.push(told);
      return 'ended';
    })();
    await eventually('it is open', () => Promise.resolve(seen.length === 1));
    for (let i = 0; i < 3; i += 1) {
      await pause(20);
      gc();
    }
    end.abort();
    expect(await Promise.race([reading, pause(2_000, 'goes on')])).toBe('ended');
  });

  test('a key that may not read: a problem', async () => {
    const blind = new Client({ url: world.api.url, key: await world.api.addKey(['events:write']) });
    await expect(blind.stream('support').next()).rejects.toMatchObject({ status: 403 });
  });
});

describe('webhooks', () => {
  test('what the service tells is verified; anything else is not', async () => {
    const receiver = await Receiver.start();
    const { webhook, secret } = await client.POST('/v1/webhooks', {
      body: { url: receiver.url, types: ['conversation.status_changed'] },
    });
    await decided('support', 'c_w', { type: 'message' });
    const { body, headers } = await eventually('it is told', () => Promise.resolve(receiver.received[0]));
    const { id, told } = verifyWebhook(secret, body, headers);
    expect(id).toBe(headers['webhook-id']);
    expect(told).toMatchObject({
      type: 'conversation.status_changed',
      data: { from: 'not_contacted', to: 'new' },
    });
    expect(
      verifyWebhook(secret, Buffer.from(body), new Headers(headers as Record<string, string>)).told,
    ).toEqual(told);

    const other = `whsec_${Buffer.from('another secret').toString('base64')}`;
    for (const [key, text, sent] of [
      [other, body, headers],
      [secret, `${body} `, headers],
      [secret, 'no JSON', headers],
      [secret, body, { ...headers, 'webhook-timestamp': '1' }],
      [secret, body, {}],
    ] as const)
      expect(() => verifyWebhook(key, text, sent)).toThrow(InvalidWebhookError);
    await client.DELETE('/v1/webhooks/{webhook}', { params: { path: { webhook } } });
    await receiver.stop();
  });
});
