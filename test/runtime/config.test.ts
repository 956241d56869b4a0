import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  readApiConfig,
  readCodecConfig,
  readMigrateConfig,
  readStartConfig,
  readWorkerConfig,
} from '../../src/runtime/config';
import { OperatorError } from '../../src/runtime/operator-error';

const given = { DATABASE_URL: 'postgres://u:p@db:5432/conversations', TEMPORAL_ADDRESS: 'temporal:7233' };

function linesOf(read: () => unknown): string[] {
  try {
    read();
  } catch (error) {
    if (error instanceof OperatorError) return error.message.split('\n');
    throw error;
  }
  return [];
}

describe('the environment', () => {
  it('may be empty for a start: its own Temporal and PostgreSQL, port 3000 of this machine alone', () => {
    expect(readStartConfig({})).toEqual({
      host: '127.0.0.1',
      port: 3000,
      logLevel: 'info',
      namespace: 'default',
      dataDir: path.resolve('.data'),
      secretsKeys: [],
      payloadKeys: [],
      privateAddresses: 'loopback',
      metrics: { host: '127.0.0.1', port: 9464, orAnother: true },
    });
  });

  it('counts an empty value as unset', () => {
    expect(readStartConfig({ PORT: '', TEMPORAL_ADDRESS: '', DATABASE_URL: '' })).toEqual(
      readStartConfig({}),
    );
  });

  it('is read once: the configuration is frozen', () => {
    expect(Object.isFrozen(readStartConfig({}))).toBe(true);
    expect(Object.isFrozen(readApiConfig(given))).toBe(true);
  });

  it.each(['0', '1', '65535'])('takes PORT=%s', (PORT) => {
    expect(readStartConfig({ PORT }).port).toBe(Number(PORT));
  });

  it.each([
    ...[
      ['PORT', '65536'],
      ['PORT', '-1'],
      ['PORT', '80a'],
      ['PORT', ' 80'],
      ['PORT', '1e3'],
      ['LOG_LEVEL', 'INFO'],
      ['METRICS_PORT', 'on'],
    ],
    ...[
      ['DATABASE_URL', 'db'],
      ['DATABASE_URL', 'mysql://u:geheim@db/x'],
      ['TEMPORAL_ADDRESS', 'http://t:7233'],
    ],
    ...[
      ['TEMPORAL_ADDRESS', 'temporal'],
      ['TEMPORAL_TLS', 'maybe'],
      ['BOOTSTRAP_API_KEY', 'short'],
      ['SECRETS_KEY', 'c2hvcnQ='],
      ['PAYLOAD_KEYS', 'c2hvcnQ='],
      ['CODEC_TOKEN', 'rather-short'],
      ['CODEC_ORIGIN', 'http://localhost:8233/'],
      ['CODEC_ORIGIN', '*'],
      ['WEBHOOK_ALLOW_PRIVATE', 'perhaps'],
    ],
    ...[
      ['BOOTSTRAP_API_KEY', 'with a space in it'],
      ['TEMPORAL_TLS_SERVER_CA_CERT_PATH', '/nowhere/ca.pem'],
    ],
  ])('refuses %s=%j by its name, without repeating it', (name, value) => {
    const lines = linesOf(() => readStartConfig({ [name]: value }));
    expect(lines).toEqual([expect.stringMatching(new RegExp(`^${name} (must|cannot be read)`))]);
    if (!name.endsWith('_PATH')) expect(lines[0]).not.toContain(value);
  });

  it('names everything wrong and missing at once', () => {
    const lines = linesOf(() =>
      readApiConfig({ PORT: 'x', LOG_LEVEL: 'y', TEMPORAL_TLS_CLIENT_CERT_DATA: 'pem' }),
    );
    expect(lines).toEqual([
      expect.stringContaining('PORT'),
      expect.stringContaining('LOG_LEVEL'),
      expect.stringContaining('DATABASE_URL is missing'),
      expect.stringContaining('TEMPORAL_ADDRESS is missing'),
      expect.stringContaining('TEMPORAL_TLS_CLIENT_KEY_PATH go together'),
    ]);
  });

  it.each([
    ['migrate', readMigrateConfig, ['DATABASE_URL']],
    ['worker', readWorkerConfig, ['DATABASE_URL', 'TEMPORAL_ADDRESS']],
    ['api', readApiConfig, ['DATABASE_URL', 'TEMPORAL_ADDRESS']],
    ['codec', readCodecConfig, ['PAYLOAD_KEYS', 'CODEC_TOKEN']],
  ])('has no defaults for what %s works on', (_, read, names) => {
    expect(linesOf(() => read({})).map((line) => line.split(' is missing: set it to ')[0])).toEqual(names);
  });

  it('switches TLS on with a key or a certificate, as Temporal’s tools do, unless told otherwise', () => {
    const ca = path.join(tmpdir(), `ca-${process.pid}.pem`);
    writeFileSync(ca, 'the certificate');
    const tlsOf = (env: object) => readWorkerConfig({ ...given, ...env }).temporal.tls;
    expect(tlsOf({})).toBeUndefined();
    expect(tlsOf({ TEMPORAL_TLS: 'true' })).toEqual({});
    expect(tlsOf({ TEMPORAL_API_KEY: 'k' })).toEqual({});
    expect(tlsOf({ TEMPORAL_API_KEY: 'k', TEMPORAL_TLS: 'false' })).toBeUndefined();
    expect(tlsOf({ TEMPORAL_TLS_SERVER_NAME: 'n', TEMPORAL_TLS_SERVER_CA_CERT_PATH: ca })).toEqual({
      serverNameOverride: 'n',
      serverRootCACertificate: Buffer.from('the certificate'),
    });
    const pair = { TEMPORAL_TLS_CLIENT_CERT_DATA: 'c', TEMPORAL_TLS_CLIENT_KEY_DATA: 'k' };
    expect(tlsOf(pair)).toEqual({ clientCertPair: { crt: Buffer.from('c'), key: Buffer.from('k') } });
  });

  it('lets webhooks go to private addresses when told to, and `npm start` to this machine', () => {
    const allowed = (
      read: typeof readStartConfig | typeof readWorkerConfig,
      WEBHOOK_ALLOW_PRIVATE?: string,
    ) => read({ ...given, WEBHOOK_ALLOW_PRIVATE }).privateAddresses;
    expect([allowed(readStartConfig), allowed(readWorkerConfig), allowed(readApiConfig)]).toEqual([
      ...['loopback', 'none', 'none'],
    ]);
    expect([allowed(readWorkerConfig, 'true'), allowed(readStartConfig, 'false')]).toEqual(['all', 'none']);
  });

  it('serves metrics where told to, and `npm start` also where not told', () => {
    const metrics = (read: typeof readStartConfig | typeof readWorkerConfig, env: object) =>
      read({ ...given, ...env }).metrics;
    expect([metrics(readWorkerConfig, {}), metrics(readApiConfig, { METRICS_HOST: '0.0.0.0' })]).toEqual([
      undefined,
      undefined,
    ]);
    const METRICS_PORT = '9000';
    expect(metrics(readApiConfig, { METRICS_PORT })).toEqual({ host: '127.0.0.1', port: 9000 });
    expect(metrics(readStartConfig, { METRICS_PORT, METRICS_HOST: '::' })).toEqual({
      host: '::',
      port: 9000,
    });
    expect(metrics(readStartConfig, { METRICS_PORT: 'off' })).toBeUndefined();
  });

  it('has the codec server listen on this machine alone, unless told otherwise', () => {
    const secret = {
      CODEC_TOKEN: 'a-token-of-some-length',
      PAYLOAD_KEYS: Buffer.alloc(32).toString('base64'),
    };
    expect(readCodecConfig(secret)).toMatchObject({ host: '127.0.0.1', port: 8081, origin: undefined });
    const given = {
      ...secret,
      CODEC_HOST: '0.0.0.0',
      CODEC_PORT: '0',
      CODEC_ORIGIN: 'https://ui.example.com',
    };
    expect(readCodecConfig(given)).toMatchObject({
      ...{ host: '0.0.0.0', port: 0, origin: given.CODEC_ORIGIN },
    });
  });

  it('takes several keys for secrets, the first to encrypt with', () => {
    const keys = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
    const SECRETS_KEY = keys.map((key) => key.toString('base64')).join(',');
    expect(readApiConfig({ ...given, SECRETS_KEY }).secretsKeys).toEqual(keys);
  });
});
