/** `npm run api`: the HTTP API, against a given Temporal and PostgreSQL. */
import { readApiConfig } from './runtime/config';
import { createPool } from './db/pool';
import { SecretBox } from './db/secret-box';
import { apiPoolSize, startApi } from './runtime/api';
import { checkDatabase } from './runtime/migration';
import { checkPort } from './runtime/http-server';
import { serveMetrics } from './runtime/metrics';
import { runRoot } from './runtime/process';
import { sendTraces } from './runtime/tracing';
import { eventuallyNativeClient } from './temporal/connection';

void runRoot(readApiConfig, async (config, root) => {
  const { logger, stopOrder } = root;
  const {
    databaseUrl,
    temporal,
    bootstrapApiKey,
    secretsKeys,
    privateAddresses,
    metrics,
    tracesTo,
    temporalUi,
    ...at
  } = config;
  await serveMetrics(metrics, root);
  await sendTraces(tracesTo, 'conversation-status-api', root);
  await Promise.all([checkPort(at), checkDatabase(databaseUrl)]);
  const client = eventuallyNativeClient(temporal, logger);
  stopOrder.add('connection', () => client.connection.close());
  const pool = createPool({ databaseUrl, role: 'conversations_api', max: apiPoolSize, logger });
  stopOrder.add('pool', () => pool.end());
  const webhooks = { secrets: new SecretBox(secretsKeys), allowed: privateAddresses };
  const api = await startApi({ client, pool, listen: at, bootstrapApiKey, webhooks, temporalUi, logger });
  stopOrder.add('API', () => api.stop());
  logger.info({ url: api.url }, 'The API listens');
});
