import type { WorkerOptions } from '@temporalio/worker';

/** All settings of how much a worker does at once, in one place so that the benchmark can vary them. */
export const workerTuning = {
  /**
   * Workflow tasks at the same time. With fewer, the events of a busy conversation gather and share one task.
   * But if each event has a conversation of its own, Temporal stores the tasks that find no worker, and each
   * takes longer. All of them must be done within 10 s, also on a busy machine and with conversations that
   * are not in the cache.
   */
  maxConcurrentWorkflowTaskExecutions: 32,
  maxConcurrentLocalActivityExecutions: 1_000,
  /**
   * Ordinary activities at the same time. There is one for each endpoint that has deliveries. They wait most
   * of the time, and none delays another.
   */
  maxConcurrentActivityTaskExecutions: 500,
  workflowTaskPollerBehavior: { type: 'simple-maximum', maximum: 20 },
  activityTaskPollerBehavior: { type: 'simple-maximum', maximum: 2 },
  /**
   * After a worker was killed, its conversations wait this long for it to come back: less than a caller waits
   * for an answer.
   */
  stickyQueueScheduleToStartTimeout: '5s',
  /**
   * Bounds memory. A conversation that falls out of the cache is replayed from its history at its next event.
   */
  maxCachedWorkflows: 2_000,
  /** How long a stop waits for work that runs. Without a limit it would never end while Temporal is away. */
  shutdownGraceTime: '5s',
  shutdownForceTime: '5.5s',
} as const satisfies Partial<WorkerOptions>;

/** Database connections of a worker. A few are enough, because conversations share commits. */
export const workerPoolSize = 6;

/** Database connections for deliveries. A few are enough, because their statements are few and short. */
export const webhookPoolSize = 4;
