/** `npm run api`: the HTTP API, against a given Temporal and PostgreSQL. */
import { readApiConfig } from './config';
import { createPool } from './db/pool';
import { apiPoolSize, startApi } from './processes/api';
import { checkDatabase } from './processes/database';
import { checkPort } from './processes/http-server';
import { runRoot } from './processes/root';
import { eventuallyNativeClient } from './processes/temporal-connection';

void runRoot(
  readApiConfig,
  async ({ databaseUrl, temporal, bootstrapApiKey, ...at }, { logger, stopOrder }) => {
    await Promise.all([checkPort(at), checkDatabase(databaseUrl)]);
    const client = eventuallyNativeClient(temporal, logger);
    stopOrder.add('connection', () => client.connection.close());
    const pool = createPool({ databaseUrl, role: 'conversations_api', max: apiPoolSize, logger });
    stopOrder.add('pool', () => pool.end());
    const api = await startApi({ client, pool, listen: at, bootstrapApiKey, logger });
    stopOrder.add('API', () => api.stop());
    logger.info({ url: api.url }, 'The API listens');
  },
);
