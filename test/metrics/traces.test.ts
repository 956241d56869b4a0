/** Traces as a collector gets them: a small one of ours, which reads OTLP in JSON. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { temporalProgram } from '../../src/embedded/temporal-program';
import { createLogger } from '../../src/runtime/log';
import { startParts, type Parts } from '../support/parts';
import { live, PERSONAL, put, tell } from './support/whole-life';

interface Span {
  service: string;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
}

interface Otlp {
  resourceSpans: {
    resource: { attributes: { key: string; value: { stringValue?: string } }[] };
    scopeSpans: { spans: Omit<Span, 'service'>[] }[];
  }[];
}

const spans: Span[] = [];
let all = '';

const collector = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const text = Buffer.concat(chunks).toString();
    all += text;
    if (request.url === '/v1/traces') spans.push(...spansOf(JSON.parse(text) as Otlp));
    response.writeHead(200, { 'Content-Type': 'application/json' }).end('{}');
  });
});

function spansOf({ resourceSpans }: Otlp): Span[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = resource.attributes.find(({ key }) => key === 'service.name')?.value.stringValue ?? '';
    return scopeSpans.flatMap((scope) => scope.spans.map((span) => ({ ...span, service })));
  });
}

let parts: Parts;
const conversation = 'support/conversations/traced';

beforeAll(async () => {
  const temporal = await temporalProgram(path.join(__dirname, '..', '..', '.cache'), createLogger('silent'));
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  const { port } = collector.address() as AddressInfo;
  parts = await startParts(path.dirname(temporal), {
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
  });
  await put(parts, '/v1/inboxes/support', { settings: {} });
}, 120_000);

afterAll(async () => {
  await parts?.stop();
  await new Promise((resolve) => collector.close(resolve));
});

async function traced(type: string, more: object = {}): Promise<Span[]> {
  const traceId = Buffer.from(`${type}`.padEnd(16, '.')).toString('hex');
  await tell(
    parts,
    conversation,
    { id: type, type, ...more },
    { traceparent: `00-${traceId}-00f067aa0ba902b7-01` },
  );
  const mine = () => spans.filter((span) => span.traceId === traceId);
  for (const end = Date.now() + 10_000; Date.now() < end; await sleep(100))
    if (
      mine().some(({ name }) => name.startsWith('POST')) &&
      mine().some(({ name }) => name.startsWith('decide'))
    )
      return mine();
  throw new Error(JSON.stringify(spans.map(({ traceId: id, name }) => [id, name])));
}

const ROUTE = 'POST /v1/inboxes/:inbox/conversations/:conversation/events';

/** Names from the span up to the caller's. */
function way(from: Span | undefined, among: Span[]): string[] {
  if (!from) return [];
  return [
    from.name,
    ...way(
      among.find(({ spanId }) => spanId === from.parentSpanId),
      among,
    ),
  ];
}

it('an event that starts its conversation is one trace, from the caller to the statement', async () => {
  const trace = await traced('message');
  const statement = trace.find(({ name }) => name === 'write_decisions');
  expect(way(statement, trace)).toEqual(['write_decisions', 'activity', 'signal message with start', ROUTE]);
  expect(trace.find(({ name }) => name === ROUTE)).toMatchObject({
    service: 'conversation-status-api',
    parentSpanId: '00f067aa0ba902b7',
  });
  expect(statement?.service).toBe('conversation-status-worker');
});

it('an event of one that runs is too, with what its workflow did', async () => {
  const trace = await traced('close', { agent: PERSONAL.agent });
  const decided = trace.find(({ name }) => name === 'decide close');
  expect(way(decided, trace)).toEqual(['decide close', 'signal close', ROUTE]);
  const statement = trace.find(({ name }) => name === 'write_decisions');
  expect(way(statement, trace)).toEqual(['write_decisions', 'activity', 'signal close', ROUTE]);
});

it('no trace holds an id, a name or a text', async () => {
  await live(parts);
  await sleep(1_500);
  expect(spans.length).toBeGreaterThan(150);
  for (const word of [...Object.values(PERSONAL), 'support', 'traced', 'wamid', parts.key])
    expect([word, all.includes(word)]).toEqual([word, false]);
}, 60_000);
