/** `npm start`: everything in one process tree; what is not configured is started embedded, with its data in DATA_DIR. */
import path from 'node:path';
import { readStartConfig, type StartConfig } from './runtime/config';
import { createPool } from './db/pool';
import { box } from './embedded/box';
import type { Child } from './embedded/child';
import { openDataFolder, type DataFolder } from './embedded/data-folder';
import { startPostgres } from './embedded/postgres-server';
import { keptKey, keptSecret, writePrivateFile } from './embedded/private-file';
import { SecretBox } from './db/secret-box';
import { startTemporal } from './embedded/temporal-server';
import { OperatorError } from './runtime/operator-error';
import { apiPoolSize, startApi } from './runtime/api';
import { migrateDatabase } from './runtime/migration';
import { checkPort } from './runtime/http-server';
import { serveMetrics } from './runtime/metrics';
import { runRoot, type Root } from './runtime/process';
import type { StopOrder } from './runtime/stop-order';
import { sendTraces } from './runtime/tracing';
import { connectTemporal } from './runtime/temporal';
import { promptClient, type TemporalConfig, type TemporalConnection } from './temporal/connection';
import { startWorker } from './runtime/worker';
import { webhookPoolSize, workerPoolSize } from './runtime/worker-tuning';
import { workflowBundle } from './temporal/workflow-bundle';
import { SEARCH_ATTRIBUTES } from './temporal/contract';

const cacheDir = path.join(__dirname, '..', '.cache');

void runRoot(readStartConfig, async (config, root) => {
  const { logger, stopOrder } = root;
  await checkPort(config);
  const folder = openDataFolder(config.dataDir);
  stopOrder.add('data folder', () => folder.close());
  const metricsUrl = await serveMetrics(config.metrics, root);
  await sendTraces(config.tracesTo, 'conversation-status', root);
  const servers = embeddedServers(stopOrder);
  const bootstrapApiKey = config.bootstrapApiKey ?? keptSecret(folder.at('api-key'), 'cs_');

  const [databaseUrl, { temporal, uiUrl }] = await Promise.all([
    database(config, folder, servers, root),
    temporalCluster(config, folder, servers, root),
    workflowBundle(), // the worker finds it kept
  ]);
  const secretsKeys =
    config.secretsKeys.length > 0 ? config.secretsKeys : [keptKey(folder.at('secrets-key'))];
  const secrets = new SecretBox(secretsKeys);
  const api = await startParts(
    { ...config, temporalUi: config.temporalUi ?? uiUrl },
    databaseUrl,
    temporal,
    { bootstrapApiKey, secrets },
    root,
  );
  writePrivateFile(folder.at('api-url'), `${api.url}\n`); // the command line finds it there
  logger.info({ url: api.url }, 'Started');
  process.stdout.write(
    box('Conversation status', {
      API: api.url,
      Docs: `${api.url}/docs`,
      'Ops page': `${api.url}/ops`,
      'Temporal UI': uiUrl === undefined ? `of ${temporal.address}` : savedView(uiUrl, temporal.namespace),
      Database: config.databaseUrl === undefined ? databaseUrl : withoutPassword(databaseUrl),
      'API key': bootstrapApiKey,
      ...(metricsUrl !== undefined && { Metrics: metricsUrl }),
    }),
  );
});

interface Servers {
  readonly add: (child: Child) => void;
}

/** They depend on nothing of each other, so they are stopped at the same time; also those that are not yet up. */
function embeddedServers(stopOrder: StopOrder): Servers {
  const children: Child[] = [];
  stopOrder.add('servers', () => Promise.all(children.map((child) => child.stop())));
  return {
    add: (child) => {
      children.push(child);
      if (stopOrder.stopping) stopOrder.add('late server', () => child.stop());
    },
  };
}

async function database(
  config: StartConfig,
  folder: DataFolder,
  servers: Servers,
  root: Root,
): Promise<string> {
  let url = config.databaseUrl;
  if (url === undefined) {
    const postgres = await startPostgres({
      ...{ folder, logger: root.logger, preferredPort: 15432 },
      onChild: servers.add,
    });
    failWith(postgres, 'PostgreSQL', root);
    url = postgres.url;
  }
  await migrateDatabase(url, root.logger);
  return url;
}

async function temporalCluster(
  config: StartConfig,
  folder: DataFolder,
  servers: Servers,
  root: Root,
): Promise<{ temporal: TemporalConfig; uiUrl?: string }> {
  if (config.temporal) return { temporal: config.temporal };
  const { namespace, payloadKeys } = config;
  const server = await startTemporal({
    ...{ folder, cacheDir, namespace, logger: root.logger },
    keywords: Object.values(SEARCH_ATTRIBUTES),
    preferredPorts: { grpc: 7233, ui: 8233 },
    onChild: servers.add,
  });
  failWith(server, 'Temporal', root);
  return { temporal: { address: server.address, namespace, payloadKeys }, uiUrl: server.uiUrl };
}

/** Without one of its servers the rest can only wait: better to end, visibly, and be started again. */
function failWith(server: Pick<Child, 'exited' | 'lastLines'>, name: string, { fail }: Root): void {
  void server.exited.then((how) =>
    fail(
      new OperatorError(
        `${name} ${how}: start again, no data is lost. Its last lines:\n${server.lastLines()}`,
      ),
    ),
  );
}

/** Worker and API share one connection to Temporal. */
async function startParts(
  config: StartConfig,
  databaseUrl: string,
  address: TemporalConfig,
  { bootstrapApiKey, secrets }: { bootstrapApiKey: string; secrets: SecretBox },
  { logger, stopOrder, fail }: Root,
) {
  const temporal: TemporalConnection = await connectTemporal(address, logger);
  stopOrder.add('connection', () => temporal.connection.close());
  const pools = {
    worker: createPool({ databaseUrl, role: 'conversations_worker', max: workerPoolSize, logger }),
    webhooks: createPool({ databaseUrl, role: 'conversations_worker', max: webhookPoolSize, logger }),
    api: createPool({ databaseUrl, role: 'conversations_api', max: apiPoolSize, logger }),
  };
  stopOrder.add('pools', () => Promise.all(Object.values(pools).map((pool) => pool.end())));
  const webhooks = { secrets, allowed: config.privateAddresses };
  const worker = await startWorker({
    temporal,
    pool: pools.worker,
    webhooks: { ...webhooks, pool: pools.webhooks },
    logger,
    restAfterMs: config.restAfterMs,
  });
  stopOrder.add('worker', () => worker.stop());
  worker.ended.catch(fail);
  const api = await startApi({
    client: promptClient(temporal),
    pool: pools.api,
    listen: config,
    bootstrapApiKey,
    webhooks,
    temporalUi: config.temporalUi,
    logger,
  });
  stopOrder.add('API', () => api.stop());
  return api;
}

/** Opening it adds the view to the UI's saved ones, under this name. */
function savedView(uiUrl: string, namespace: string): string {
  const query = new URLSearchParams({ query: 'WorkflowType="conversation"', savedQuery: 'Conversations' });
  return `${uiUrl}/namespaces/${encodeURIComponent(namespace)}/workflows?${query.toString()}`;
}

function withoutPassword(url: string): string {
  const shown = new URL(url);
  if (shown.password !== '') shown.password = '***';
  return shown.href;
}
