import { Worker } from '@temporalio/worker';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { createActivities, writeBatcher } from '../../activities';
import { SurveySender } from '../channels/whatsapp/survey-sender';
import { hasWebhooks } from '../db/hand-out';
import { OperatorError, reason } from './operator-error';
import { TemporalClient } from '../temporal/client';
import { TASK_QUEUE } from '../temporal/contract';
import { resetsOlder } from '../maintenance/reset-older';
import { startAging } from '../maintenance/aging';
import { startSweep } from '../maintenance/sweep';
import { startWaker } from '../maintenance/waker';
import { NewerCodeError, takeUp } from '../maintenance/code-takeover';
import { Dispatcher, type DispatcherOptions } from '../webhooks/dispatcher';
import { latestTimer } from '../metrics/decisions';
import { watchBacklog } from '../webhooks/backlog';
import { startDistributor } from '../webhooks/distributor';
import type { TemporalConnection } from '../temporal/connection';
import { activityInterceptors, traceSinks } from '../temporal/traced';
import { codeSinks, NUMBERED, poisonSinks, versioned } from './worker-build';
import { reportWhileRunning } from './worker-report';
import { workerTuning } from './worker-tuning';
import { payloadConverterPath, workflowBundle } from '../temporal/workflow-bundle';

export interface WorkerDeps {
  readonly temporal: TemporalConnection;
  /** As the role `conversations_worker`. */
  readonly pool: Pool;
  readonly webhooks: WebhookDeps;
  readonly logger: Logger;
  /** If given, a conversation stays with workers of the build that it began with: see `versioned`. */
  readonly buildId?: string;
  /** How long a conversation with nothing left to do stays with Temporal, in case an event comes. */
  readonly restAfterMs?: number;
}

export interface WebhookDeps extends Omit<DispatcherOptions, 'stopping' | 'whatsapp'> {
  /** A pool of its own, with the same role: deliveries must never delay the writing of decisions. */
  readonly pool: Pool;
}

export interface RunningWorker {
  /** Resolves when it was stopped; rejects when it can no longer work, and then the process should end. */
  readonly ended: Promise<void>;
  /**
   * Takes no more work, and waits 5 s for work that runs. What is left then is cut off, and the next worker
   * does it.
   */
  stop(): Promise<void>;
}

const checkEveryMs = 5_000;
const checkTimeoutMs = 5_000;
/** The SDK never stops reconnecting. A new process, perhaps on another machine, may succeed. */
const lostAfterMs = 60_000;

/**
 * Starts a worker and the sweep beside it.
 * @throws OperatorError if newer code decides in the database; Temporal's error if it refuses the worker
 */
export async function startWorker({
  temporal,
  pool,
  webhooks,
  logger,
  buildId,
  restAfterMs,
}: WorkerDeps): Promise<RunningWorker> {
  const { connection, client, namespace, encryption } = temporal;
  const calls = new TemporalClient(client);
  await requireSecretsKey(webhooks);
  const stopping = new AbortController();
  const whatsapp = new SurveySender({ ...webhooks, temporal: calls });
  const outside = { ...webhooks, whatsapp, stopping: stopping.signal };
  const dispatcher = new Dispatcher(webhooks.pool, outside, logger);
  const writes = writeBatcher(pool);
  // Versioned runs stay with their build, so several builds may decide side by side.
  const alone = buildId === undefined;
  if (alone) await takeUp(pool).catch(refuse);
  let dropped = 0;
  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue: TASK_QUEUE,
    workflowBundle: await workflowBundle(undefined, encryption !== undefined),
    dataConverter: { ...encryption, payloadConverterPath },
    activities: createActivities({ pool, temporal: calls, dispatcher, logger, writes, restAfterMs }),
    sinks: {
      ...codeSinks(resetsOlder({ temporal: calls, logger })),
      ...poisonSinks(() => (dropped += 1)),
      ...traceSinks(),
    },
    interceptors: { activity: activityInterceptors() },
    ...workerTuning,
    workerDeploymentOptions: alone ? NUMBERED : versioned(buildId),
  });
  const watch = new AbortController();
  const ran = worker.run();
  const lost = untilLost(temporal, watch.signal, logger);
  const stopReports = reportWhileRunning({
    pool,
    worker: worker.options.identity,
    told: () => ({ oldest_unwritten_ms: writes.behindMs, timer_lag_ms: latestTimer.ms, dropped }),
    logger,
  });
  let outdated: (error: NewerCodeError) => void = () => {};
  const replaced = new Promise<void>((_, reject) => (outdated = reject)).catch(refuse);
  const stopSweep = startSweep({ pool, temporal: calls, logger, ...(alone && { outdated }) });
  const stopWaker = startWaker({ pool, temporal: calls, logger });
  const stopAging = startAging({ pool: webhooks.pool, logger });
  watchBacklog(webhooks.pool);
  const stopDistributor = startDistributor({
    ...{ pool: webhooks.pool, logger },
    wake: (endpoint) => calls.wakeDelivery(endpoint),
  });
  const ended = Promise.race([ran, lost.then(() => ran), replaced]).finally(() => watch.abort());
  ended.catch(() => {}); // a later await still throws the failure
  const stop = async () => {
    watch.abort();
    stopping.abort();
    if (worker.getState() === 'RUNNING') worker.shutdown();
    await Promise.all([
      ran.catch(() => {}),
      stopSweep(),
      stopWaker(),
      stopAging(),
      stopReports(),
      stopDistributor(),
    ]);
    dispatcher.close();
  };
  return { ended, stop };
}

/** An operator should see this at the start and not with every delivery. @throws OperatorError */
async function requireSecretsKey({ pool, secrets }: WebhookDeps): Promise<void> {
  if (secrets.canSeal || !(await hasWebhooks(pool))) return;
  throw new OperatorError('SECRETS_KEY is missing, and there are webhooks: set it to what the API has');
}

/** Turns errors that an operator can mend into an OperatorError. */
function refuse(error: unknown): never {
  throw error instanceof NewerCodeError ? new OperatorError(error.message) : error;
}

/** Rejects when Temporal has not answered for too long; resolves when it is called off. */
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
