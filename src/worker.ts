/** `npm run worker`: decides and persists, against a given Temporal and PostgreSQL. */
import { readWorkerConfig } from './runtime/config';
import { createPool } from './db/pool';
import { SecretBox } from './db/secret-box';
import { checkDatabase } from './runtime/migration';
import { serveMetrics } from './runtime/metrics';
import { runRoot } from './runtime/process';
import { sendTraces } from './runtime/tracing';
import { connectTemporal } from './runtime/temporal';
import { startWorker } from './runtime/worker';
import { webhookPoolSize, workerPoolSize } from './runtime/worker-tuning';

void runRoot(readWorkerConfig, async (config, root) => {
  const { logger, stopOrder, fail } = root;
  const { databaseUrl, temporal: address, buildId, restAfterMs } = config;
  await serveMetrics(config.metrics, root);
  await sendTraces(config.tracesTo, 'conversation-status-worker', root);
  const [temporal] = await Promise.all([connectTemporal(address, logger), checkDatabase(databaseUrl)]);
  stopOrder.add('connection', () => temporal.connection.close());
  const connections = { databaseUrl, role: 'conversations_worker', logger } as const;
  const pool = createPool({ ...connections, max: workerPoolSize });
  const webhookPool = createPool({ ...connections, max: webhookPoolSize });
  stopOrder.add('pools', () => Promise.all([pool.end(), webhookPool.end()]));
  const webhooks = {
    pool: webhookPool,
    secrets: new SecretBox(config.secretsKeys),
    allowed: config.privateAddresses,
  };
  const worker = await startWorker({ temporal, pool, webhooks, logger, buildId, restAfterMs });
  stopOrder.add('worker', () => worker.stop());
  worker.ended.catch(fail);
  logger.info({ temporal: address.address, namespace: address.namespace }, 'The worker polls');
});
