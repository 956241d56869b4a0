/** `npm run worker`: decides and persists, against a given Temporal and PostgreSQL. */
import { getPriority, setPriority } from 'node:os';
import { readWorkerConfig } from './config';
import { createPool } from './db/pool';
import { checkDatabase } from './processes/database';
import { runRoot } from './processes/root';
import { connectTemporal } from './processes/temporal-connection';
import { startWorker } from './processes/worker';
import { workerPoolSize } from './processes/worker-tuning';

/** A nice value: of a processor that both want, it still gets a quarter. */
const BEHIND_THE_API = 5;

// Where both share a machine, events are taken in before they are decided: who sends one waits for that alone. Threads that
// are started from here on inherit it.
setPriority(Math.max(getPriority(), BEHIND_THE_API));

void runRoot(
  readWorkerConfig,
  async ({ databaseUrl, temporal: address, buildId }, { logger, stopOrder, fail }) => {
    const [temporal] = await Promise.all([connectTemporal(address, logger), checkDatabase(databaseUrl)]);
    stopOrder.add('connection', () => temporal.connection.close());
    const pool = createPool({ databaseUrl, role: 'conversations_worker', max: workerPoolSize, logger });
    stopOrder.add('pool', () => pool.end());
    const worker = await startWorker({ temporal, pool, logger, buildId });
    stopOrder.add('worker', () => worker.stop());
    worker.ended.catch(fail);
    logger.info({ temporal: address.address, namespace: address.namespace }, 'The worker polls');
  },
);
