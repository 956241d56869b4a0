// Exits with 0 while Temporal and PostgreSQL have heard from the worker of this host lately: node deploy/worker-health.mjs <task queue>
import { createRequire } from 'node:module';
import { hostname } from 'node:os';
import { Connection } from '@temporalio/client';
import pg from 'pg';

/** A poll is open for a minute, and nothing shows in between. */
const POLLED_RECENTLY_MS = 75_000;
const LIMIT_MS = 4_000;

/** It reaches both by the worker's own variables. */
const require = createRequire(import.meta.url);
require('tsx/cjs');
const { readWorkerConfig } = require('../src/runtime/config.ts');
const { databaseUrl, temporal } = readWorkerConfig(process.env);
const { address, namespace, apiKey, tls } = temporal;

const [taskQueue] = process.argv.slice(2);
const connection = await Connection.connect({ address, apiKey, tls, connectTimeout: LIMIT_MS });
const { pollers } = await connection.withDeadline(Date.now() + LIMIT_MS, () =>
  connection.workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name: taskQueue },
    taskQueueType: 1, // workflow tasks
  }),
);
// A worker calls itself <pid>@<host>.
const mine = (pollers ?? []).filter(({ identity }) => identity.endsWith(`@${hostname()}`));
const last = Math.max(0, ...mine.map(({ lastAccessTime: at }) => Number(at.seconds) * 1000));
const polls = Date.now() - last < POLLED_RECENTLY_MS;

/** It reports the way its decisions go, every two seconds. */
const database = new pg.Client({
  connectionString: databaseUrl,
  options: '-c role=conversations_worker',
  connectionTimeoutMillis: LIMIT_MS,
  query_timeout: LIMIT_MS,
});
await database.connect();
const { rows } = await database.query(
  `SELECT FROM workers WHERE worker LIKE '%@' || $1 AND heard_at > now() - interval '10 seconds'
     AND oldest_unwritten_ms < 10000`,
  [hostname()],
);
process.exit(polls && rows.length > 0 ? 0 : 1);
