import type { Logger } from 'pino';
import {
  connectTemporal as connect,
  type TemporalConfig,
  type TemporalConnection,
} from '../temporal/connection';
import { TemporalUnreachableError } from '../temporal/errors';
import { OperatorError } from './operator-error';

/**
 * Connects a worker, and the client that shares its connection.
 * @throws OperatorError when Temporal does not answer
 */
export async function connectTemporal(config: TemporalConfig, logger: Logger): Promise<TemporalConnection> {
  try {
    return await connect(config, logger);
  } catch (error) {
    if (!(error instanceof TemporalUnreachableError)) throw error;
    throw new OperatorError(`${error.message}: start it, or correct TEMPORAL_ADDRESS and its TLS variables`);
  }
}
