import { Worker } from '@temporalio/worker';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { createActivities, writeBatcher } from '../../activities';
import { hasWebhooks } from '../db/courier';
import { OperatorError, reason } from './operator-error';
import { TemporalClient } from '../temporal/client';
import { TASK_QUEUE } from '../temporal/contract';
import { resetsOlder } from '../maintenance/reset-older';
import { startSweep } from '../maintenance/sweep';
import { NewerCodeError, takeUp } from '../maintenance/take-up';
import { Courier, type CourierOptions } from '../webhooks/courier';
import { startDistributor } from '../webhooks/distributor';
import type { TemporalConnection } from '../temporal/connection';
import { codeSinks, NUMBERED, versioned } from './worker-build';
import { reportWhileRunning } from './worker-report';
import { workerTuning } from './worker-tuning';
import { payloadConverterPath, workflowBundle } from '../temporal/workflow-bundle';

export interface WorkerDeps {
  readonly temporal: TemporalConnection;
  /** As the role `conversations_worker`. */
  readonly pool: Pool;
  readonly webhooks: WebhookDeps;
  readonly logger: Logger;
  /** Given, conversations stay with workers of the build that they began with: see `versioned`. */
  readonly buildId?: string;
  /** How long a conversation with nothing left to do stays with Temporal, in case something comes. */
  readonly restAfterMs?: number;
}

export interface WebhookDeps extends Omit<CourierOptions, 'stopping'> {
  /** As the same role, apart: deliveries never keep a decision from being written. */
  readonly pool: Pool;
}

export interface RunningWorker {
  /** Resolves when it was stopped; rejects when it can no longer work, which the process should not outlive. */
  readonly ended: Promise<void>;
  /** Takes no more work, and waits for what is in hand: 5 s, then what is left is cut off and done by the next worker. */
  stop(): Promise<void>;
}

const checkEveryMs = 5_000;
const checkTimeoutMs = 5_000;
/** The SDK tries to come back for ever. Another process, or another place, may have more luck. */
const lostAfterMs = 60_000;

/**
 * Starts a worker and the sweep beside it.
 * @throws OperatorError where newer code decides in the database; whatever Temporal refuses it with
 */
export async function startWorker({
  temporal,
  pool,
  webhooks,
  logger,
  buildId,
  restAfterMs,
}: WorkerDeps): Promise<RunningWorker> {
  const { connection, client, namespace } = temporal;
  const calls = new TemporalClient(client);
  await requireSecretsKey(webhooks);
  const stopping = new AbortController();
  const courier = new Courier(webhooks.pool, { ...webhooks, stopping: stopping.signal }, logger);
  const writes = writeBatcher(pool);
  // Versioned runs stay with their build, so several builds may decide side by side.
  const alone = buildId === undefined;
  if (alone) await takeUp(pool).catch(refuse);
  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue: TASK_QUEUE,
    workflowBundle: await workflowBundle(),
    dataConverter: { payloadConverterPath },
    activities: createActivities({ pool, temporal: calls, courier, logger, writes, restAfterMs }),
    sinks: codeSinks(resetsOlder({ temporal: calls, logger })),
    ...workerTuning,
    workerDeploymentOptions: alone ? NUMBERED : versioned(buildId),
  });
  const watch = new AbortController();
  const ran = worker.run();
  const lost = untilLost(temporal, watch.signal, logger);
  const oldestUnwrittenMs = () => writes.behindMs;
  const stopReports = reportWhileRunning({
    pool,
    worker: worker.options.identity,
    oldestUnwrittenMs,
    logger,
  });
  let outdated: (error: NewerCodeError) => void = () => {};
  const replaced = new Promise<void>((_, reject) => (outdated = reject)).catch(refuse);
  const stopSweep = startSweep({ pool, temporal: calls, logger, ...(alone && { outdated }) });
  const stopDistributor = startDistributor({
    ...{ pool: webhooks.pool, logger },
    wake: (endpoint) => calls.wakeDelivery(endpoint),
  });
  const ended = Promise.race([ran, lost.then(() => ran), replaced]).finally(() => watch.abort());
  ended.catch(() => {}); // whoever looks at it later still sees the failure
  const stop = async () => {
    watch.abort();
    stopping.abort();
    if (worker.getState() === 'RUNNING') worker.shutdown();
    await Promise.all([ran.catch(() => {}), stopSweep(), stopReports(), stopDistributor()]);
    courier.close();
  };
  return { ended, stop };
}

/** Better told at the start than with every delivery. @throws OperatorError */
async function requireSecretsKey({ pool, secrets }: WebhookDeps): Promise<void> {
  if (secrets.canSeal || !(await hasWebhooks(pool))) return;
  throw new OperatorError('SECRETS_KEY is missing, and there are webhooks: set it to what the API has');
}

/** What an operator can put right is told as such. */
function refuse(error: unknown): never {
  throw error instanceof NewerCodeError ? new OperatorError(error.message) : error;
}

/** Rejects once Temporal has not answered for too long; resolves when called off. */
async function untilLost(
  { connection }: TemporalConnection,
  off: AbortSignal,
  logger: Logger,
): Promise<void> {
  let answered = Date.now();
  while (!off.aborted) {
    try {
      await connection.withDeadline(Date.now() + checkTimeoutMs, () =>
        connection.workflowService.getSystemInfo({}),
      );
      answered = Date.now();
    } catch (error) {
      logger.warn(`Temporal does not answer (${reason(error)})`);
      if (Date.now() - answered > lostAfterMs) {
        throw new Error(`Temporal has not answered for ${lostAfterMs / 1_000} s`);
      }
    }
    await sleep(checkEveryMs, undefined, { signal: off, ref: false }).catch(() => {});
  }
}
