import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import type { Logger } from 'pino';
import type { TemporalConfig } from '../config';
import { OperatorError, reason } from '../operator-error';

export interface TemporalConnection {
  /** Also backs the client: one connection a process. */
  readonly connection: NativeConnection;
  readonly client: Client;
  readonly namespace: string;
}

/**
 * A connection for a worker, which a client can share. The SDK keeps it up from then on.
 * @throws OperatorError when Temporal does not answer
 */
export async function connectTemporal(config: TemporalConfig, logger: Logger): Promise<TemporalConnection> {
  installRuntime(logger);
  const { address, namespace, apiKey, tls } = config;
  try {
    const connection = await NativeConnection.connect({ address, apiKey, tls: tls && { ...tls } });
    return { connection, namespace, client: new Client({ connection, namespace }) };
  } catch (error) {
    // The native part tells the system's words deep inside its own.
    const why = /message: "([^"]+)"/.exec(reason(error))?.[1] ?? reason(error);
    throw new OperatorError(
      `Temporal at ${address} cannot be reached (${why}): start it, or correct TEMPORAL_ADDRESS and its TLS variables`,
    );
  }
}

/**
 * A client that connects when it is first used, and comes back within a second of Temporal: an API starts, reads, and says
 * truly what is away, also while Temporal is.
 */
export function lazyClient({ address, namespace, apiKey, tls }: TemporalConfig): Client {
  const channelArgs = { 'grpc.initial_reconnect_backoff_ms': 100, 'grpc.max_reconnect_backoff_ms': 1_000 };
  const connection = Connection.lazy({ address, apiKey, tls: tls && { ...tls }, channelArgs });
  return new Client({ connection, namespace });
}

const levels = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;

let installed = false;

/** One a process. Its log goes into ours, and its own handling of signals is off: the root stops things in order. */
function installRuntime(logger: Logger): void {
  if (installed) return;
  installed = true;
  Runtime.install({
    shutdownSignals: [],
    logger: new DefaultLogger('WARN', ({ level, message, meta }) => {
      logger[levels[level]]({ ...meta }, message);
    }),
    telemetryOptions: {
      logging: { forward: {}, filter: 'ERROR,temporalio_sdk_core=WARN' },
    },
  });
}
