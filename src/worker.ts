/** `npm run worker`: decides and persists, against a given Temporal and PostgreSQL. */
import { readWorkerConfig } from './runtime/config';
import { createPool } from './db/pool';
import { checkDatabase } from './runtime/database';
import { runRoot } from './runtime/process';
import { connectTemporal } from './runtime/temporal';
import { startWorker } from './runtime/worker';
import { workerPoolSize } from './runtime/worker-tuning';

void runRoot(
  readWorkerConfig,
  async ({ databaseUrl, temporal: address, buildId, restAfterMs }, { logger, stopOrder, fail }) => {
    const [temporal] = await Promise.all([connectTemporal(address, logger), checkDatabase(databaseUrl)]);
    stopOrder.add('connection', () => temporal.connection.close());
    const pool = createPool({ databaseUrl, role: 'conversations_worker', max: workerPoolSize, logger });
    stopOrder.add('pool', () => pool.end());
    const worker = await startWorker({ temporal, pool, logger, buildId, restAfterMs });
    stopOrder.add('worker', () => worker.stop());
    worker.ended.catch(fail);
    logger.info({ temporal: address.address, namespace: address.namespace }, 'The worker polls');
  },
);
