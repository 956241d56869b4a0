/** Temporal Cloud asks for TLS, and for a client's certificate or an API key. This server of ours says what it was shown. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createSecureServer, type Http2SecureServer, type IncomingHttpHeaders } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import { readWorkerConfig } from '../../src/runtime/config';
import { createLogger } from '../../src/runtime/log';
import { connectTemporal, lazyClient, promptClient } from '../../src/temporal/connection';

const run = promisify(execFile);
const logger = createLogger('silent');

let folder: string;
let server: Http2SecureServer;
let shown: { headers: IncomingHttpHeaders; certificate: string | undefined }[];
const at = (file: string) => path.join(folder, file);

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'conversation-status-cloud-'));
  const openssl = (...args: string[]) => run('openssl', args, { cwd: folder });
  const made = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  const ofCa = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-addext', 'basicConstraints=critical,CA:FALSE'];
  const name = ['-addext', 'subjectAltName=DNS:cloud.example'];
  await openssl('req', ...made, '-subj', '/CN=an authority', '-keyout', 'ca.key', '-out', 'ca.pem');
  await openssl(
    ...['req', ...made, ...ofCa, ...name],
    '-subj',
    '/CN=cloud',
    '-keyout',
    'server.key',
    '-out',
    'server.pem',
  );
  await openssl('req', ...made, '-subj', '/CN=our worker', '-keyout', 'client.key', '-out', 'client.pem');
  server = createSecureServer({
    cert: readFileSync(at('server.pem')),
    key: readFileSync(at('server.key')),
    ca: readFileSync(at('client.pem')),
    requestCert: true,
    rejectUnauthorized: false,
  });
  server.on('stream', (stream, headers) => {
    const certificate = (stream.session?.socket as TLSSocket).getPeerCertificate().subject?.CN;
    shown.push({ headers, certificate: certificate as string | undefined });
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    stream.end(Buffer.alloc(5)); // an empty message
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => (shown = []));

/** As its docs have it: everything by environment. */
const cloud = () => ({
  DATABASE_URL: 'postgres://u:p@127.0.0.1:9/x',
  TEMPORAL_ADDRESS: `127.0.0.1:${(server.address() as AddressInfo).port}`,
  TEMPORAL_NAMESPACE: 'prod.a1b2c',
  TEMPORAL_TLS_SERVER_NAME: 'cloud.example',
  TEMPORAL_TLS_SERVER_CA_CERT_PATH: at('ca.pem'),
});
const configured = (env: NodeJS.ProcessEnv) => readWorkerConfig({ ...cloud(), ...env }).temporal;

it('an API key goes with every call of the worker and of the API, over TLS', async () => {
  const config = configured({ TEMPORAL_API_KEY: 'the-key' });
  const temporal = await connectTemporal(config, logger);
  await promptClient(temporal).workflowService.getSystemInfo({});
  await temporal.connection.close();
  const lazy = lazyClient(config);
  await lazy.workflowService.getSystemInfo({});
  await lazy.connection.close();
  expect(shown.length).toBeGreaterThanOrEqual(3);
  for (const { headers, certificate } of shown)
    expect([headers.authorization, certificate]).toEqual(['Bearer the-key', undefined]);
});

it.each([
  [
    'files',
    () => ({
      TEMPORAL_TLS_CLIENT_CERT_PATH: at('client.pem'),
      TEMPORAL_TLS_CLIENT_KEY_PATH: at('client.key'),
    }),
  ],
  [
    'texts',
    () => ({
      TEMPORAL_TLS_CLIENT_CERT_DATA: readFileSync(at('client.pem'), 'utf8'),
      TEMPORAL_TLS_CLIENT_KEY_DATA: readFileSync(at('client.key'), 'utf8'),
    }),
  ],
])('a certificate of ours is shown where one is given, as %s', async (_, env) => {
  const config = configured(env());
  const temporal = await connectTemporal(config, logger);
  await temporal.connection.close();
  const lazy = lazyClient(config);
  await lazy.workflowService.getSystemInfo({});
  await lazy.connection.close();
  expect(shown.length).toBeGreaterThanOrEqual(2);
  for (const { headers, certificate } of shown)
    expect([headers.authorization, certificate]).toEqual([undefined, 'our worker']);
});

it.each([
  ['an API key', () => ({ TEMPORAL_API_KEY: 'the-key' }), ['Bearer the-key', undefined]],
  [
    'a certificate',
    () => ({
      TEMPORAL_TLS_CLIENT_CERT_PATH: at('client.pem'),
      TEMPORAL_TLS_CLIENT_KEY_PATH: at('client.key'),
    }),
    [undefined, 'our worker'],
  ],
])(
  'the worker’s health is asked for with %s too, over TLS',
  async (_, env, expected) => {
    const { PATH } = process.env;
    const script = path.join(__dirname, '..', '..', 'deploy', 'worker-health.mjs');
    const asked = run(process.execPath, [script, 'conversations'], { env: { PATH, ...cloud(), ...env() } });
    await expect(asked).rejects.toThrow(/ECONNREFUSED/); // there is no PostgreSQL
    const { headers, certificate } = shown.find((each) =>
      /DescribeTaskQueue$/.test(String(each.headers[':path'])),
    )!;
    expect([headers.authorization, certificate]).toEqual(expected);
  },
  30_000,
);

it('a server whose certificate is not of the given authority is not spoken to', async () => {
  const config = configured({
    TEMPORAL_TLS_SERVER_CA_CERT_PATH: at('client.pem'),
    TEMPORAL_API_KEY: 'the-key',
  });
  await expect(connectTemporal(config, logger)).rejects.toThrow(/cannot be reached/);
  expect(shown).toEqual([]);
}, 30_000);
