import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { TemporalConfig } from '../temporal/connection';
import type { PrivateAddresses } from '../webhooks/addresses';
import type { MetricsAddress } from './metrics';
import { OperatorError, reason } from './operator-error';

/** For `npm run migrate`. */
export interface MigrateConfig {
  readonly databaseUrl: string;
  readonly logLevel: string;
}

/** For `npm run worker`. */
export interface WorkerConfig extends MigrateConfig {
  readonly temporal: TemporalConfig;
  /**
   * The keys for secrets, 32 bytes each: the first encrypts, all of them decrypt. Empty: no secrets can be
   * kept.
   */
  readonly secretsKeys: readonly Buffer[];
  /** Which addresses webhooks may have besides public ones. */
  readonly privateAddresses: PrivateAddresses;
  /** Where Prometheus finds the metrics; absent: nowhere. */
  readonly metrics?: MetricsAddress;
  /** An OpenTelemetry collector that traces are sent to; absent: there are none. */
  readonly tracesTo?: string;
  /** The build this worker is of, for Temporal's worker versioning; absent: not versioned. */
  readonly buildId?: string;
  /** How long a conversation with nothing left to do stays with Temporal, in case something comes. Absent: ten minutes. */
  readonly restAfterMs?: number;
}

/** For `npm run api`. Port 0: any free one. */
export interface ApiConfig extends WorkerConfig {
  readonly host: string;
  readonly port: number;
  readonly bootstrapApiKey?: string;
  /** Temporal's Web UI, for links to it; absent: nobody knows where it is, or `npm start` starts it. */
  readonly temporalUi?: string;
}

/** For `npm run codec`. Port 0: any free one. */
export interface CodecConfig {
  readonly host: string;
  readonly port: number;
  readonly logLevel: string;
  /** What callers must send. */
  readonly token: string;
  /** Of Temporal's UI, as browsers name it; absent: no page may ask. */
  readonly origin?: string;
  readonly payloadKeys: readonly Buffer[];
}

/** For `npm start`: a part that is not configured is started embedded, with its data under `dataDir` (absolute). */
export interface StartConfig extends Omit<ApiConfig, 'databaseUrl' | 'temporal'> {
  readonly databaseUrl?: string;
  readonly temporal?: TemporalConfig;
  readonly namespace: string;
  readonly payloadKeys: readonly Buffer[];
  readonly dataDir: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** Temporal's tools take a certificate as a file (`…_PATH`) or as its text (`…_DATA`). */
const pemFile = z.string().transform((file, context) => {
  try {
    return readFileSync(file);
  } catch (error) {
    context.addIssue({ code: 'custom', message: `cannot be read: ${reason(error)}` });
    return z.NEVER;
  }
});
const pemText = z.string().transform((text) => Buffer.from(text));

const keysOf32Bytes = z
  .string()
  .transform((text) => text.split(',').map((key) => Buffer.from(key, 'base64')))
  .refine(
    (keys) => keys.every((key) => key.length === 32),
    'must be 32 bytes in base64, or several joined by commas',
  )
  .default([]);

const portNumber = z.string().refine(isPort, 'must be a port number from 0 to 65535').transform(Number);

const variables = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: portNumber.default(3000),
  METRICS_HOST: z.string().default('127.0.0.1'),
  METRICS_PORT: z
    .string()
    .refine((text) => text === 'off' || isPort(text), 'must be a port number from 0 to 65535, or off')
    .transform((text) => (text === 'off' ? text : Number(text)))
    .optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url({ protocol: /^https?$/, error: 'must look like http://collector:4318' })
    .optional(),
  LOG_LEVEL: z.enum(levels, `must be one of ${levels.join(', ')}`).default('info'),
  DATA_DIR: z.string().default('.data'),
  DATABASE_URL: z
    .string()
    .refine(isPostgresUrl, 'must look like postgres://user:password@host:5432/database')
    .optional(),
  BOOTSTRAP_API_KEY: z
    .string()
    .regex(/^[\x21-\x7e]{8,256}$/, 'must be 8 to 256 visible ASCII characters without spaces')
    .optional(),
  SECRETS_KEY: keysOf32Bytes,
  PAYLOAD_KEYS: keysOf32Bytes,
  CODEC_HOST: z.string().default('127.0.0.1'),
  CODEC_PORT: portNumber.default(8081),
  CODEC_TOKEN: z
    .string()
    .regex(/^[\x21-\x7e]{16,256}$/, 'must be 16 to 256 visible ASCII characters without spaces')
    .optional(),
  CODEC_ORIGIN: z
    .string()
    .refine(isOrigin, 'must look like https://temporal.example.com, without a path')
    .optional(),
  WEBHOOK_ALLOW_PRIVATE: z.stringbool('must be true or false').optional(),
  WORKER_BUILD_ID: z
    .string()
    .regex(/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}$/, 'must be 1 to 100 of A-Z a-z 0-9 _ - and, inside, dots')
    .optional(),
  REST_AFTER_SECONDS: z
    .string()
    .refine(
      (text) => /^\d{1,5}$/.test(text) && Number(text) >= 1,
      'must be a number of seconds from 1 to 99999',
    )
    .transform((text) => Number(text) * 1_000)
    .optional(),
  TEMPORAL_ADDRESS: z
    .string()
    .regex(/^(\[[0-9a-fA-F:.]+\]|[^\s:/]+):\d{1,5}$/, 'must look like host:7233, without a scheme')
    .optional(),
  TEMPORAL_NAMESPACE: z.string().default('default'),
  TEMPORAL_UI_URL: z
    .url({ protocol: /^https?$/, error: 'must look like http://temporal-ui:8080' })
    .optional(),
  TEMPORAL_API_KEY: z.string().optional(),
  TEMPORAL_TLS: z.stringbool('must be true or false').optional(),
  TEMPORAL_TLS_SERVER_NAME: z.string().optional(),
  TEMPORAL_TLS_SERVER_CA_CERT_PATH: pemFile.optional(),
  TEMPORAL_TLS_SERVER_CA_CERT_DATA: pemText.optional(),
  TEMPORAL_TLS_CLIENT_CERT_PATH: pemFile.optional(),
  TEMPORAL_TLS_CLIENT_CERT_DATA: pemText.optional(),
  TEMPORAL_TLS_CLIENT_KEY_PATH: pemFile.optional(),
  TEMPORAL_TLS_CLIENT_KEY_DATA: pemText.optional(),
});
type Variables = z.output<typeof variables>;

const missing = {
  DATABASE_URL: 'DATABASE_URL is missing: set it to postgres://user:password@host:5432/database',
  TEMPORAL_ADDRESS: 'TEMPORAL_ADDRESS is missing: set it to host:7233 of the Temporal cluster',
  PAYLOAD_KEYS: 'PAYLOAD_KEYS is missing: set it to what API and workers have',
  CODEC_TOKEN: 'CODEC_TOKEN is missing: set it to a secret that callers must send',
};

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65_535;
}

function isOrigin(text: string): boolean {
  return URL.canParse(text) && /^https?:/.test(text) && new URL(text).origin === text;
}

function isPostgresUrl(text: string): boolean {
  return URL.canParse(text) && /^postgres(ql)?:$/.test(new URL(text).protocol);
}

/**
 * Checks all variables, so that everything wrong or missing is named at once. An empty value counts as unset,
 * because compose files and shells pass "not given" as an empty value. Messages never repeat values, because
 * some are secrets.
 * @throws OperatorError with one line per problem
 */
function read(env: Environment, required: readonly (keyof typeof missing)[]): Variables {
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = variables.safeParse(given);
  const lines = (parsed.error?.issues ?? []).map((issue) => `${issue.path.join('.')} ${issue.message}`);
  lines.push(...required.filter((name) => given[name] === undefined).map((name) => missing[name]));
  const [cert, key] = ['CERT', 'KEY'].map((half) =>
    ['PATH', 'DATA'].some((form) => given[`TEMPORAL_TLS_CLIENT_${half}_${form}`] !== undefined),
  );
  if (cert !== key)
    lines.push('TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH go together: set both');
  if (!parsed.success || lines.length > 0) throw new OperatorError(lines.join('\n'));
  return parsed.data;
}

/** Like Temporal's own tools: a key or any certificate switches TLS on, unless TEMPORAL_TLS says no. */
function temporalOf(v: Variables): TemporalConfig | undefined {
  if (v.TEMPORAL_ADDRESS === undefined) return undefined;
  const crt = v.TEMPORAL_TLS_CLIENT_CERT_DATA ?? v.TEMPORAL_TLS_CLIENT_CERT_PATH;
  const key = v.TEMPORAL_TLS_CLIENT_KEY_DATA ?? v.TEMPORAL_TLS_CLIENT_KEY_PATH;
  const tls = {
    serverNameOverride: v.TEMPORAL_TLS_SERVER_NAME,
    serverRootCACertificate: v.TEMPORAL_TLS_SERVER_CA_CERT_DATA ?? v.TEMPORAL_TLS_SERVER_CA_CERT_PATH,
    clientCertPair: crt && key && { crt, key },
  };
  const wanted =
    v.TEMPORAL_TLS ?? [v.TEMPORAL_API_KEY, ...Object.values(tls)].some((part) => part !== undefined);
  return {
    address: v.TEMPORAL_ADDRESS,
    namespace: v.TEMPORAL_NAMESPACE,
    apiKey: v.TEMPORAL_API_KEY,
    payloadKeys: v.PAYLOAD_KEYS,
    tls: wanted ? tls : undefined,
  };
}

function common(v: Variables) {
  return {
    host: v.HOST,
    port: v.PORT,
    logLevel: v.LOG_LEVEL,
    bootstrapApiKey: v.BOOTSTRAP_API_KEY,
    restAfterMs: v.REST_AFTER_SECONDS,
    secretsKeys: v.SECRETS_KEY,
    tracesTo: v.OTEL_EXPORTER_OTLP_ENDPOINT,
  };
}

function privateAddresses(allowed: boolean | undefined, otherwise: PrivateAddresses): PrivateAddresses {
  if (allowed === undefined) return otherwise;
  return allowed ? 'all' : 'none';
}

/** @param otherwise where nothing is said: `npm start` serves them, the parts do not */
function metricsOf(v: Variables, otherwise?: MetricsAddress): MetricsAddress | undefined {
  if (v.METRICS_PORT === 'off') return undefined;
  if (v.METRICS_PORT === undefined) return otherwise;
  return { host: v.METRICS_HOST, port: v.METRICS_PORT };
}

/** @throws OperatorError one line per wrong variable */
export function readStartConfig(env: Environment): StartConfig {
  const v = read(env, []);
  return Object.freeze({
    ...common(v),
    privateAddresses: privateAddresses(v.WEBHOOK_ALLOW_PRIVATE, 'loopback'), // what is tried out listens on this machine
    metrics: metricsOf(v, { host: v.METRICS_HOST, port: 9464, orAnother: true }),
    databaseUrl: v.DATABASE_URL,
    temporal: temporalOf(v),
    temporalUi: v.TEMPORAL_UI_URL,
    namespace: v.TEMPORAL_NAMESPACE,
    payloadKeys: v.PAYLOAD_KEYS,
    dataDir: path.resolve(v.DATA_DIR),
  });
}

/** @throws OperatorError one line per wrong or missing variable */
export function readApiConfig(env: Environment): ApiConfig {
  const v = read(env, ['DATABASE_URL', 'TEMPORAL_ADDRESS']);
  return Object.freeze({
    ...common(v),
    privateAddresses: privateAddresses(v.WEBHOOK_ALLOW_PRIVATE, 'none'),
    metrics: metricsOf(v),
    databaseUrl: v.DATABASE_URL!,
    temporal: temporalOf(v)!,
    temporalUi: v.TEMPORAL_UI_URL,
  });
}

/** @throws OperatorError one line per wrong or missing variable */
export function readWorkerConfig(env: Environment): WorkerConfig {
  const { host: _, port: __, bootstrapApiKey: ___, temporalUi: ____, ...config } = readApiConfig(env);
  return Object.freeze({ ...config, buildId: read(env, []).WORKER_BUILD_ID });
}

/** @throws OperatorError one line per wrong or missing variable */
export function readMigrateConfig(env: Environment): MigrateConfig {
  const v = read(env, ['DATABASE_URL']);
  return Object.freeze({ databaseUrl: v.DATABASE_URL!, logLevel: v.LOG_LEVEL });
}

/** @throws OperatorError one line per wrong or missing variable */
export function readCodecConfig(env: Environment): CodecConfig {
  const v = read(env, ['PAYLOAD_KEYS', 'CODEC_TOKEN']);
  return Object.freeze({
    ...{ host: v.CODEC_HOST, port: v.CODEC_PORT, logLevel: v.LOG_LEVEL },
    ...{ token: v.CODEC_TOKEN!, origin: v.CODEC_ORIGIN, payloadKeys: v.PAYLOAD_KEYS },
  });
}
