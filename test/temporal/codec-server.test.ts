/** `npm run codec` as a process, asked by Temporal's own CLI and as Temporal's UI asks, about payloads of the real server. */
import { Client } from '@temporalio/client';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Event } from '../../src/domain/events';
import { temporalProgram } from '../../src/embedded/temporal-program';
import { createLogger } from '../../src/runtime/log';
import { TemporalClient } from '../../src/temporal/client';
import { encryptionOf } from '../../src/temporal/connection';
import { workflowId } from '../../src/temporal/contract';
import { payloadConverterPath, workflowBundle } from '../../src/temporal/workflow-bundle';
import { cleanUp, repository, run, start } from '../embedded/service';
import { temporalAddress } from '../support/servers';
import { eventually } from '../workflows/support/eventually';
import { Service } from '../workflows/support/service';

const AGENT = 'ana-of-the-secret-agents';
const ORIGIN = 'http://localhost:8233';
const TOKEN = 'a-token-for-this-test';
const keys = [randomBytes(32), randomBytes(32)] as const;
const command = ['node', '--import', 'tsx', 'src/codec.ts'];
const env = {
  ...{ CODEC_PORT: '0', CODEC_TOKEN: TOKEN, CODEC_ORIGIN: ORIGIN, NODE_OPTIONS: '' },
  PAYLOAD_KEYS: keys.map((key) => key.toString('base64')).join(','),
};

let service: Service;
let temporal: string;
let codec: Awaited<ReturnType<typeof start>>;
let url: string;
let key: { account: string; inbox: string; conversation: string };

beforeAll(async () => {
  service = await Service.start({
    workflowBundle: await workflowBundle(undefined, true),
    dataConverter: { ...encryptionOf({ payloadKeys: keys }), payloadConverterPath },
  });
  temporal = await temporalProgram(path.join(repository, '.cache'), createLogger('silent'));
  codec = await start(command, env, 'The codec server listens');
  url = /http:[^"]+/.exec(codec.output())?.[0] ?? '';
  key = { account: service.account, inbox: 'support', conversation: 'c_1' };
  await service.database.pool.query(
    `INSERT INTO inboxes (account, inbox, settings) VALUES ($1, 'support', '{}')`,
    [service.account],
  );
  const older = encryptionOf({ payloadKeys: [keys[1]] });
  const client = new Client({ connection: service.connection, dataConverter: older });
  const assign = { id: 'e1', type: 'assign', agent: AGENT } as Event;
  await new TemporalClient(client, service.taskQueue).signal(key, { id: 'm1', type: 'message' } as Event);
  await new TemporalClient(client, service.taskQueue).signal(key, assign);
  await decided(2);
});
afterAll(async () => {
  await cleanUp();
  await service.stop();
});

const decided = (seq: number) =>
  eventually(`decision ${seq} is written`, async () => {
    const text = 'SELECT seq FROM conversations WHERE account = $1';
    const { rows } = await service.database.pool.query<{ seq: number }>(text, [key.account]);
    return (rows[0]?.seq ?? 0) >= seq;
  });

/** All of the history, with the bytes of payloads as text. */
async function shown(token?: string): Promise<string> {
  const text = await cli(['workflow', 'show', '--output', 'json'], token);
  return text.replace(/"data": "([^"]*)"/g, (_, data: string) =>
    Buffer.from(data, 'base64').toString('latin1'),
  );
}

async function cli(args: string[], token?: string): Promise<string> {
  const where = ['--address', temporalAddress(), '--workflow-id', workflowId(key)];
  const withCodec = token === undefined ? [] : ['--codec-endpoint', url, '--codec-auth', `Bearer ${token}`];
  const { stdout } = await promisify(execFile)(temporal, [...args, ...where, ...withCodec]);
  return stdout;
}

/** As Temporal's UI asks. */
const ask = (headers: Record<string, string>, body: unknown, at = '/decode') =>
  fetch(url + at, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-Namespace': 'default', ...headers },
    body: JSON.stringify(body),
  });
const bearer = { Authorization: `Bearer ${TOKEN}` };

/** The payload of the signal `assign`, as Temporal's API gives it in JSON. */
async function sealed(): Promise<{ metadata: Record<string, string>; data: string }> {
  const history = JSON.parse(await cli(['workflow', 'show', '--output', 'json'])) as {
    events: {
      workflowExecutionSignaledEventAttributes?: { signalName: string; input: { payloads: never[] } };
    }[];
  };
  const signal = history.events
    .map((event) => event.workflowExecutionSignaledEventAttributes)
    .find((attributes) => attributes?.signalName === 'assign');
  return signal!.input.payloads[0]!;
}

describe('given a conversation whose payloads are encrypted, under a key that is not the first', () => {
  it('Temporal’s CLI shows them with the codec server and its token, and not without', async () => {
    expect(await shown()).not.toContain(AGENT);
    expect(await shown(TOKEN)).toContain(AGENT);
  });

  it('Temporal’s CLI sends a signal that the codec server encrypts', async () => {
    const input = '{"id":"e2","type":"assign","agent":"bo-of-the-cli"}';
    await cli(['workflow', 'signal', '--name', 'assign', '--input', input], TOKEN);
    await decided(3);
    expect(await shown()).not.toContain('bo-of-the-cli');
    expect(await shown(TOKEN)).toContain('bo-of-the-cli');
  });

  it.each([
    ['the token', bearer],
    ['the token as a password, as a browser sends it', basic(TOKEN)],
  ])('with %s, a payload is decrypted, at whichever path', async (_, headers) => {
    const answer = await ask(headers, { payloads: [await sealed()] }, '/namespaces/default/decode');
    const { payloads } = (await answer.json()) as { payloads: { metadata: object; data: string }[] };
    expect(payloads[0]?.metadata).toEqual({ encoding: Buffer.from('json/plain').toString('base64') });
    expect(JSON.parse(Buffer.from(payloads[0]!.data, 'base64').toString())).toEqual({
      ...{ id: 'e1', type: 'assign', agent: AGENT },
    });
  });

  it.each([
    ['no token', {}],
    ['a wrong token', { Authorization: `Bearer ${TOKEN}x` }],
    ['a wrong password', basic('wrong')],
    ['the token without a scheme', { Authorization: TOKEN }],
  ])('with %s: 401, for every path', async (_, headers) => {
    const payloads = [await sealed()];
    for (const at of ['/decode', '/encode', '/nowhere']) {
      const answer = await ask(headers, { payloads }, at);
      expect(answer.status).toBe(401);
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
      expect(await answer.text()).not.toContain(TOKEN);
    }
    expect((await fetch(url, { headers })).status).toBe(401);
  });
});

describe('the codec server', () => {
  it('gives back what it encrypted, and leaves what is not encrypted or under another key as it is', async () => {
    const base64 = (text: string) => Buffer.from(text).toString('base64');
    const plain = { metadata: { encoding: base64('json/plain') }, data: base64('"ana"') };
    const encoded: unknown = await (await ask(bearer, { payloads: [plain] }, '/encode')).json();
    expect(JSON.stringify(encoded)).not.toContain(plain.data);
    expect(await (await ask(bearer, encoded)).json()).toEqual({ payloads: [plain] });
    const metadata = { encoding: base64('binary/encrypted'), 'encryption-key-id': base64('another') };
    const foreign = { payloads: [plain, { metadata, data: base64('x'.repeat(40)) }] };
    expect(await (await ask(bearer, foreign)).json()).toEqual(foreign);
  });

  it('lets only pages of the UI’s origin read its answers', async () => {
    const asked = (origin: string) => {
      const headers = { Origin: origin, 'Access-Control-Request-Method': 'POST' };
      return fetch(`${url}/decode`, { method: 'OPTIONS', headers });
    };
    const allowed = await asked(ORIGIN);
    expect([allowed.status, allowed.headers.get('access-control-allow-origin')]).toEqual([204, ORIGIN]);
    expect(allowed.headers.get('access-control-allow-headers')?.toLowerCase().split(', ')).toEqual(
      expect.arrayContaining(['authorization', 'content-type', 'x-namespace']),
    );
    expect(allowed.headers.get('vary')).toContain('Origin');
    for (const foreign of ['http://localhost:8234', `${ORIGIN}.example.com`, 'null'])
      expect((await asked(foreign)).headers.get('access-control-allow-origin')).toBeNull();
    const answer = await ask({ ...bearer, Origin: 'http://example.com' }, { payloads: [] });
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  });

  it.each([
    [{ payloads: 'x' }, 'payloads'],
    [{ payloads: [{ data: '%' }] }, 'payloads.0.data'],
    [{ payloads: [{ metadata: { encoding: [1] } }] }, 'payloads.0.metadata.encoding'],
  ])('says what is wrong with %j: 400', async (body, field) => {
    const answer = await ask(bearer, body);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ errors: [{ path: field }] });
  });

  it('logs neither payloads nor the token', async () => {
    await ask(bearer, { payloads: [await sealed()] });
    expect(codec.output()).toContain('decode');
    for (const secret of [TOKEN, AGENT, (await sealed()).data.slice(0, 20)])
      expect(codec.output()).not.toContain(secret);
  });

  it('does not start without keys and a token', async () => {
    const { code, stderr } = await run(command, { NODE_OPTIONS: '', CODEC_TOKEN: '', PAYLOAD_KEYS: '' });
    expect(code).toBe(1);
    expect(stderr.trim().split('\n')).toEqual([
      expect.stringMatching(/^PAYLOAD_KEYS is missing/),
      expect.stringMatching(/^CODEC_TOKEN is missing/),
    ]);
  });
});

function basic(password: string): { Authorization: string } {
  return { Authorization: `Basic ${Buffer.from(`anybody:${password}`).toString('base64')}` };
}
