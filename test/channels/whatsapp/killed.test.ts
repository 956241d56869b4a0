/** The worker, its own process, is killed while WhatsApp has a survey's message and has not answered. And what the parts log. */
import path from 'node:path';
import { Client } from 'pg';
import { GraphStandIn } from '../../../examples/whatsapp/graph-stand-in';
import { temporalProgram } from '../../../src/embedded/temporal-program';
import { createLogger } from '../../../src/runtime/log';
import { startParts, type Parts } from '../../support/parts';
import { eventually } from '../../workflows/support/eventually';
import { PHONE_NUMBER_ID } from './payloads';
import { SECRETS, settings } from './support/meta';

const CUSTOMER = '5511987654321';
const TEXT = 'Moro na Rua das Flores 17';

let parts: Parts;
let graph: GraphStandIn;

beforeAll(async () => {
  const temporal = await temporalProgram(
    path.join(__dirname, '..', '..', '..', '.cache'),
    createLogger('silent'),
  );
  parts = await startParts(path.dirname(temporal), {
    SECRETS_KEY: Buffer.alloc(32, 3).toString('base64'),
    WEBHOOK_ALLOW_PRIVATE: 'true',
    LOG_LEVEL: 'trace',
  });
  graph = await GraphStandIn.start({ phone_number_id: PHONE_NUMBER_ID, ...SECRETS });
}, 120_000);
afterAll(async () => {
  await graph.stop();
  await parts.stop();
});

async function ask(method: string, at: string, body?: object): Promise<Record<string, unknown>> {
  const headers = { Authorization: `Bearer ${parts.key}`, 'Content-Type': 'application/json' };
  const response = await fetch(parts.url + at, { method, headers, body: body && JSON.stringify(body) });
  return (await response.json()) as Record<string, unknown>;
}

test('the customer got the survey once, another worker does not send it again, and its answer counts', async () => {
  await ask('PUT', '/v1/inboxes/desk', { settings: { csat: { enabled: true } } });
  const channel = await ask('PUT', '/v1/inboxes/desk/whatsapp', settings({ graph_url: graph.url }));
  graph.connect(parts.url + String(channel.webhook_path));
  await graph.writes(CUSTOMER, TEXT);
  const conversation = await eventually('the conversation', async () => {
    const { items } = await ask('GET', '/v1/inboxes/desk/conversations');
    return (items as { conversation: string }[])[0]?.conversation ?? false;
  });
  const at = `/v1/inboxes/desk/conversations/${conversation}`;
  graph.insteadNext((_, take) => void take()); // and never an answer
  await ask('POST', `${at}/events`, { id: 'close', type: 'close', agent: 'ana' });
  await eventually('WhatsApp has it', () => Promise.resolve(graph.taken.length === 1), 30_000);

  await parts.replaceWorker();
  await eventually(
    'it is given up',
    async () => (await deliveries()).some((d) => d.state === 'parked'),
    60_000,
  );
  expect([graph.taken.length, graph.requests]).toEqual([1, 1]);
  await graph.taps(graph.taken[0]!, /^4/);
  await eventually('it is answered', async () => (await ask('GET', at)).status === 'closed');
  expect((await ask('GET', at)).survey).toMatchObject({ state: 'answered', score: 4 });
}, 180_000);

test('no line that API or worker logged holds a number, a text, a message id, a conversation or a secret', () => {
  const lines = [parts.worker, parts.api].flatMap((part) => part.output().split('\n'));
  expect(lines.length).toBeGreaterThan(20);
  const forbidden = [CUSTOMER, '551187654321', TEXT, 'wamid', 'wa_', ...Object.values(SECRETS)];
  for (const word of forbidden) expect(lines.filter((line) => line.includes(word))).toEqual([]);
});

async function deliveries(): Promise<{ state: string }[]> {
  const client = new Client({ connectionString: parts.databaseUrl });
  await client.connect();
  const { rows } = await client.query<{ state: string }>('SELECT state FROM deliveries');
  await client.end();
  return rows;
}
