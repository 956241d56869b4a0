// Exits with 0 while Temporal has heard from the worker of this host lately: node deploy/worker-health.mjs <task queue>
import { hostname } from 'node:os';
import { Connection } from '@temporalio/client';

/** A poll is held open for a minute, and nothing shows in between. */
const POLLED_RECENTLY_MS = 75_000;
const LIMIT_MS = 4_000;

const [taskQueue] = process.argv.slice(2);
const connection = await Connection.connect({
  address: process.env.TEMPORAL_ADDRESS,
  connectTimeout: LIMIT_MS,
});
const { pollers } = await connection.withDeadline(Date.now() + LIMIT_MS, () =>
  connection.workflowService.describeTaskQueue({
    namespace: process.env.TEMPORAL_NAMESPACE || 'default',
    taskQueue: { name: taskQueue },
    taskQueueType: 1, // workflow tasks
  }),
);
// A worker calls itself <pid>@<host>.
const mine = (pollers ?? []).filter(({ identity }) => identity.endsWith(`@${hostname()}`));
const last = Math.max(0, ...mine.map(({ lastAccessTime: at }) => Number(at.seconds) * 1000));
process.exit(Date.now() - last < POLLED_RECENTLY_MS ? 0 : 1);
