/**
 * The service without its API: workflows, a worker, a database of its own, on a Temporal server that may be
 * shared.
 */
import { Client, type WorkflowClientInterceptor } from '@temporalio/client';
import {
  NativeConnection,
  Worker,
  type WorkerOptions,
  GracefulShutdownPeriodExpiredError,
} from '@temporalio/worker';
import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import { createActivities, type Activities } from '../../../activities';
import { SurveySender } from '../../../src/channels/whatsapp/survey-sender';
import { createPool } from '../../../src/db/pool';
import type { settingsSchema } from '../../../src/domain/settings';
import { resetsOlder } from '../../../src/maintenance/reset-older';
import { createLogger } from '../../../src/runtime/log';
import { codeSinks, NUMBERED } from '../../../src/runtime/worker-build';
import { payloadConverterPath, workflowBundle } from '../../../src/temporal/workflow-bundle';
import { TemporalClient } from '../../../src/temporal/client';
import { TASK_QUEUE } from '../../../src/temporal/contract';
import type { z } from 'zod';
import { Dispatcher } from '../../../src/webhooks/dispatcher';
import { testSecrets } from '../../support/secrets';
import { createDatabase, temporalAddress, type TestDatabase } from '../../support/servers';
import { TestConversation } from './conversation';
import './quiet';

export type InboxSettings = z.input<typeof settingsSchema>;

/** How a test's worker differs from the service's. */
export interface WorkerChanges extends Pick<
  WorkerOptions,
  'maxCachedWorkflows' | 'workflowBundle' | 'workerDeploymentOptions' | 'dataConverter'
> {
  /** soon, where a test does not say: most of them wait for it */
  restAfterMs?: number;
  activities?: (real: Activities) => Activities;
}

export class Service {
  /** not shared with other tests or other runs */
  readonly account = `acc-${randomUUID().slice(0, 8)}`;
  private worker: { stop(): Promise<void> } | null = null;
  /** how far ahead of ours the clock is that deliveries go by, in milliseconds */
  ahead = 0;
  readonly deliveryTime = () => Date.now() + this.ahead;
  private made = 0;

  protected constructor(
    readonly connection: NativeConnection,
    readonly client: Client,
    readonly database: TestDatabase,
    readonly taskQueue: string,
    private readonly close: () => Promise<void>,
  ) {}

  /** On the run's real Temporal server, or on another one. */
  static async start(changes: WorkerChanges = {}, address = temporalAddress()): Promise<Service> {
    const connection = await NativeConnection.connect({ address });
    const taskQueue = `${TASK_QUEUE}-${randomUUID()}`;
    const client = new Client({ connection, interceptors: { workflow: [onto(taskQueue)] } });
    const service = new Service(connection, client, await createDatabase(), taskQueue, () =>
      connection.close(),
    );
    await service.startWorker(changes);
    return service;
  }

  /** What the service itself asks of Temporal. */
  get temporal(): TemporalClient {
    return new TemporalClient(this.client, this.taskQueue);
  }

  async startWorker({ activities, restAfterMs = 200, ...changes }: WorkerChanges = {}): Promise<void> {
    const pool = this.workerPool();
    const { temporal } = this;
    const logger = createLogger('silent');
    const outside = { secrets: testSecrets, allowed: 'loopback' as const };
    const whatsapp = new SurveySender({ ...outside, pool, temporal });
    const dispatcher = new Dispatcher(pool, { ...outside, whatsapp, now: this.deliveryTime });
    const real = createActivities({ pool, temporal, dispatcher, logger, restAfterMs });
    const worker = await Worker.create({
      connection: this.connection,
      taskQueue: this.taskQueue,
      workflowBundle: await workflowBundle(),
      dataConverter: { payloadConverterPath },
      activities: activities ? activities(real) : real,
      maxConcurrentWorkflowTaskExecutions: 100,
      maxConcurrentLocalActivityExecutions: 200,
      shutdownForceTime: '5s',
      workerDeploymentOptions: NUMBERED,
      sinks: codeSinks(resetsOlder({ temporal, logger })),
      ...changes,
    });
    const running = worker.run();
    const stop = async () => {
      worker.shutdown();
      await running.catch(wasForced);
      await pool.end();
    };
    this.worker = { stop };
  }

  async stopWorker(): Promise<void> {
    await this.worker?.stop();
    this.worker = null;
  }

  /** Connections with only the rights of a worker. */
  workerPool(): Pool {
    const options = { databaseUrl: this.database.url, role: 'conversations_worker', max: 4 } as const;
    return createPool({ ...options, logger: createLogger('silent') });
  }

  /** A new conversation in an inbox of its own. */
  async conversation(settings: InboxSettings = {}): Promise<TestConversation> {
    const c = this.conversationIn(`inbox-${++this.made}`);
    await c.set(settings);
    return c;
  }

  /** A new conversation in a shared inbox. */
  conversationIn(inbox: string): TestConversation {
    return new TestConversation(this, { account: this.account, inbox, conversation: `c-${++this.made}` });
  }

  async stop(): Promise<void> {
    await this.stopWorker();
    await this.close();
    await this.database.drop();
  }
}

/** A workflow that a test broke may never end its task. */
function wasForced(error: unknown): void {
  if (!(error instanceof GracefulShutdownPeriodExpiredError)) throw error;
}

/**
 * Test files share a server. What they start, and what the service starts for them, runs on the queue of
 * their own worker.
 */
function onto(taskQueue: string): WorkflowClientInterceptor {
  return {
    start: (input, next) => next({ ...input, options: { ...input.options, taskQueue } }),
    startWithDetails: (input, next) => next({ ...input, options: { ...input.options, taskQueue } }),
    signalWithStart: (input, next) => next({ ...input, options: { ...input.options, taskQueue } }),
    startUpdateWithStart: (input, next) =>
      next({ ...input, workflowStartOptions: { ...input.workflowStartOptions, taskQueue } }),
  };
}
