import { Client, Connection, type ConnectionLike, type Metadata } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DataConverter } from '@temporalio/common';
import type { Logger } from 'pino';
import { TemporalUnreachableError } from './errors';
import { EncryptionCodec } from './payload-codec';
import { clientInterceptors } from './traced';
import { SingleCalls } from './single-calls';
import { failureConverterPath } from './workflow-bundle';

/** How to reach a Temporal cluster; `tls` absent: plain text. The SDK's connection options, as far as we use them. */
export interface TemporalConfig {
  readonly address: string;
  readonly namespace: string;
  readonly apiKey?: string;
  /** What payloads are encrypted under, 32 bytes each: the first encrypts, any decrypts. Absent or empty: they stay plain. */
  readonly payloadKeys?: readonly Buffer[];
  readonly tls?: {
    readonly serverNameOverride?: string;
    readonly serverRootCACertificate?: Buffer;
    readonly clientCertPair?: { readonly crt: Buffer; readonly key: Buffer };
  };
}

const RECONNECT_MS = 1_000;

export interface TemporalConnection {
  /** Also backs the clients: one connection a process. */
  readonly connection: NativeConnection;
  /** For work that may wait. It repeats its calls, with pauses of a second and more. */
  readonly client: Client;
  readonly namespace: string;
  /** how payloads are encrypted, where they are */
  readonly encryption?: Encryption;
}

type Encryption = Pick<DataConverter, 'failureConverterPath' | 'payloadCodecs'>;

/** The same for clients and workers. */
export function encryptionOf({
  payloadKeys = [],
}: Pick<TemporalConfig, 'payloadKeys'>): Encryption | undefined {
  if (payloadKeys.length === 0) return undefined;
  return { failureConverterPath, payloadCodecs: [new EncryptionCodec(payloadKeys)] };
}

/**
 * A connection for a worker; a client can share it. The SDK reconnects it.
 * @throws TemporalUnreachableError when Temporal does not answer
 */
export async function connectTemporal(config: TemporalConfig, logger: Logger): Promise<TemporalConnection> {
  installRuntime(logger);
  const { address, namespace, apiKey, tls } = config;
  try {
    const connection = await NativeConnection.connect({ address, apiKey, tls: tls && { ...tls } });
    const encryption = encryptionOf(config);
    const client = new Client({
      connection,
      namespace,
      dataConverter: encryption,
      interceptors: clientInterceptors(),
    });
    return { connection, namespace, client, encryption };
  } catch (error) {
    // The native part hides the system's message deep inside its own message.
    const [told = ''] = String(error instanceof Error ? error.message : error).split('\n', 1);
    const why = /message: "([^"]+)"/.exec(told)?.[1] ?? told;
    throw new TemporalUnreachableError(`Temporal at ${address} cannot be reached (${why})`, { cause: error });
  }
}

/** For work that somebody waits for: a call fails at once, and its caller may repeat it. */
export function promptClient({ connection, namespace, encryption }: TemporalConnection): Client {
  return new Client({
    connection: new SingleCalls(connection),
    namespace,
    dataConverter: encryption,
    interceptors: clientInterceptors(),
  });
}

/**
 * A client that connects when it is first used, and reconnects within a second after Temporal is back. So an
 * API can start, read and say what is away, also while Temporal is away.
 */
export function lazyClient({ address, namespace, apiKey, tls }: TemporalConfig): Client {
  const channelArgs = { 'grpc.initial_reconnect_backoff_ms': 100, 'grpc.max_reconnect_backoff_ms': 1_000 };
  const connection = Connection.lazy({ address, apiKey, tls: tls && { ...tls }, channelArgs });
  return new Client({ connection, namespace });
}

/**
 * The same. From Temporal's first answer on it uses the native connection, whose calls cost a third less.
 * That one cannot be made while Temporal is away; once made, it reconnects.
 */
export function eventuallyNativeClient(config: TemporalConfig, logger: Logger): Client {
  const { namespace } = config;
  const connection = new EventuallyNative(config, logger);
  return new Client({
    connection,
    namespace,
    dataConverter: encryptionOf(config),
    interceptors: clientInterceptors(),
  });
}

class EventuallyNative implements ConnectionLike {
  readonly plugins = [];
  private readonly lazy: ConnectionLike;
  private current: ConnectionLike;
  private readonly closing = new AbortController();

  constructor(config: TemporalConfig, logger: Logger) {
    this.lazy = lazyClient(config).connection;
    this.current = this.lazy;
    void this.connect(config, logger);
  }

  get workflowService() {
    return this.current.workflowService;
  }

  get operatorService() {
    return this.current.operatorService;
  }

  ensureConnected() {
    return this.current.ensureConnected();
  }

  withDeadline<R>(deadline: number | Date, fn: () => Promise<R>) {
    return this.current.withDeadline(deadline, fn);
  }

  withMetadata<R>(metadata: Metadata, fn: () => Promise<R>) {
    return this.current.withMetadata(metadata, fn);
  }

  withAbortSignal<R>(signal: AbortSignal, fn: () => Promise<R>) {
    return this.current.withAbortSignal(signal, fn);
  }

  async close(): Promise<void> {
    this.closing.abort();
    await Promise.all([...new Set([this.lazy, this.current])].map((connection) => connection.close()));
  }

  private async connect(config: TemporalConfig, logger: Logger): Promise<void> {
    const { signal } = this.closing;
    while (!signal.aborted && this.current === this.lazy) {
      const native = await connectTemporal(config, logger).catch(() => null); // the call itself fails, and its caller sees why
      if (native && signal.aborted) await native.connection.close();
      else if (native) this.current = new SingleCalls(native.connection);
      else await sleep(RECONNECT_MS, undefined, { signal }).catch(() => {});
    }
  }
}

const levels = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;

/** As Prometheus' own conventions have it. */
const PROMETHEUS = { countersTotalSuffix: true, unitSuffix: true, useSecondsForDurations: true };

let installed = false;

/**
 * One for each process. Its log goes into ours, and it does not handle signals: the root stops the parts in
 * order. Given an address, it serves what it counts there, for Prometheus; the first call says whether.
 */
export function installRuntime(logger: Logger, metricsAddress?: string): void {
  if (installed) return;
  installed = true;
  const runtime = Runtime.install({
    shutdownSignals: [],
    logger: new DefaultLogger('WARN', ({ level, message, meta }) => {
      logger[levels[level]]({ ...meta }, message);
    }),
    telemetryOptions: {
      logging: { forward: {}, filter: 'ERROR,temporalio_sdk_core=WARN' },
      ...(metricsAddress !== undefined && {
        metrics: { attachServiceName: false, prometheus: { ...PROMETHEUS, bindAddress: metricsAddress } },
      }),
    },
  });
  // When the core's log is forwarded, the SDK keeps its own lines for a while to sort both, and only then
  // drops those below WARN. At TRACE these are each task with all its payloads, and they live so long that
  // only a collection of the whole heap frees them.
  Object.assign(runtime.logger, { trace: () => {}, debug: () => {} });
}
