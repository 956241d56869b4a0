import { Client, Connection } from '@temporalio/client';
import * as sent from '../channels/whatsapp/payloads';
import { Meta } from '../channels/whatsapp/support/meta';
import { createDatabase, temporalAddress, type TestDatabase } from '../support/servers';
import { eventually } from '../workflows/support/eventually';
import { TestApi, type Answered } from './support/api';
import { isProblem } from './support/problem';
import { TcpProxy } from './support/tcp-proxy';

let database: TestDatabase;
let toPostgres: TcpProxy;
let toTemporal: TcpProxy;
let connection: Connection;
let api: TestApi;

beforeAll(async () => {
  database = await createDatabase();
  const url = new URL(database.url);
  toPostgres = await TcpProxy.to(url.hostname, Number(url.port));
  url.host = toPostgres.address;
  const [host = '', port] = temporalAddress().split(':');
  toTemporal = await TcpProxy.to(host, Number(port));
  const channelArgs = { 'grpc.initial_reconnect_backoff_ms': 100, 'grpc.max_reconnect_backoff_ms': 500 };
  connection = await Connection.connect({ address: toTemporal.address, channelArgs });
  api = await TestApi.start({ client: new Client({ connection }), database, databaseUrl: url.href });
  await api.inbox({}, 'support');
  await api.post('/v1/inboxes/support/contacts', { conversations: ['c_1'] });
  await post({ id: 'warm', type: 'message' });
});
afterEach(async () => {
  await toPostgres.open();
  await toTemporal.open();
  await eventually('reads are served', async () => (await get()).status === 200);
  await eventually('events are taken', async () => (await post({ id: 'm', type: 'message' })).status === 202);
});
afterAll(async () => {
  await api.stop();
  await connection.close();
  toPostgres.close();
  toTemporal.close();
  await database.drop();
});

const one = '/v1/inboxes/support/conversations/c_1';
const get = (path = one) => api.get(path);
const post = (event: object, headers?: Record<string, string>) =>
  api.post(`${one}/events`, event, { headers });

async function within(ms: number, ask: () => Promise<Answered>): Promise<Answered> {
  const started = performance.now();
  const answer = await ask();
  expect(performance.now() - started).toBeLessThan(ms);
  return answer;
}

const outages: [string, (proxy: TcpProxy) => void][] = [
  ['is killed', (proxy) => proxy.close()],
  ['falls silent', (proxy) => proxy.silence()],
];

describe.each(outages)('when PostgreSQL %s', (_, strike) => {
  it('reads are 503 with Retry-After within 2 s, every time', async () => {
    strike(toPostgres);
    for (let i = 0; i < 3; i++) {
      const answer = await within(2_000, get);
      isProblem(answer, 503);
      expect(answer.headers.get('retry-after')).toBe('1');
    }
  });

  it('events are still taken within 2 s: 202, also those that are answered otherwise', async () => {
    strike(toPostgres);
    const events = [
      { id: 'm', type: 'message' },
      { id: 'a', type: 'assign', agent: 'ana' },
      { id: 'b', type: 'assign', agent: 'bo' },
    ];
    for (const event of events) expect((await within(2_000, () => post(event))).status).toBe(202);
  });

  it('who waits for a decision is not kept waiting', async () => {
    const waiting = within(2_500, () => post({ id: 'w', type: 'assign', agent: 'ana' }));
    await new Promise((resolve) => setTimeout(resolve, 100));
    strike(toPostgres);
    expect((await waiting).status).toBe(202);
  });

  it('an unknown key is not told from a known one: 503', async () => {
    strike(toPostgres);
    const answer = await within(2_000, () => api.get(one, { key: 'nobody-knows' }));
    expect(answer.status).toBe(503);
  });

  it('it is told by readyz, and apart from the rest', async () => {
    strike(toPostgres);
    await eventually('it is told', async () => {
      const { status, body } = await within(2_500, () => api.get('/readyz', { key: null }));
      return status === 503 && body.postgres === 'unavailable' && body.temporal === 'ok';
    });
    expect((await api.get('/livez', { key: null })).status).toBe(200);
  });
});

describe.each(outages)('when Temporal %s', (_, strike) => {
  it('events are 503 with Retry-After within 2 s, and soon at once', async () => {
    strike(toTemporal);
    const first = await Promise.all(
      ['a', 'b', 'c', 'd'].map((id) => within(2_000, () => post({ id, type: 'message' }))),
    );
    for (const answer of first) isProblem(answer, 503);
    const after = await Promise.all(
      ['e', 'f', 'g'].map((id) => within(2_000, () => post({ id, type: 'unsnooze' }))),
    );
    for (const answer of after) {
      isProblem(answer, 503);
      expect(answer.headers.get('retry-after')).toBe('1');
    }
  });

  it('reads are served', async () => {
    strike(toTemporal);
    expect((await within(2_000, get)).status).toBe(200);
    const answer = await within(2_000, () => get(`${one}?consistency=strong`));
    expect(answer.status).toBe(503);
  });

  it('changed settings are stored and told to be tried again: 503; again heals it', async () => {
    strike(toTemporal);
    const settings = { reopen_window_seconds: Math.floor(Math.random() * 1e6) };
    const put = () => api.put('/v1/inboxes/support', { settings });
    isProblem(await within(2_500, put), 503);
    expect((await api.get('/v1/inboxes/support')).body).toMatchObject({ settings });
    await toTemporal.open();
    await eventually('the rollout begins', async () => (await put()).status === 200);
  });

  it('it is told by readyz, and apart from the rest', async () => {
    strike(toTemporal);
    await eventually('it is told', async () => {
      const { status, body } = await within(2_500, () => api.get('/readyz', { key: null }));
      return status === 503 && body.temporal === 'unavailable' && body.postgres === 'ok';
    });
  });
});

it('readyz tells that no worker asks for work', async () => {
  await eventually('it is told', async () => {
    const { status, body } = await api.get('/readyz', { key: null });
    return (
      status === 503 && body.temporal === 'ok' && body.postgres === 'ok' && body.worker === 'unavailable'
    );
  });
});

describe("WhatsApp's webhooks", () => {
  const message = () => sent.incoming(sent.text('a'));
  let meta: Meta;
  beforeAll(async () => void (meta = await Meta.connected(api, 'support')));

  test.each(outages)(
    'are 503 while Temporal %s, so that they come again, and are taken then',
    async (_, strike) => {
      const webhook = message();
      strike(toTemporal);
      isProblem(await within(3_000, () => meta.sends(webhook)), 503);
      await toTemporal.open();
      await eventually('it is taken', async () => (await meta.sends(webhook)).status === 200);
    },
  );

  test.each(outages)('are 503 while PostgreSQL %s: whose they are is not known', async (_, strike) => {
    strike(toPostgres);
    isProblem(await within(2_000, () => meta.sends(message())), 503);
  });
});
