import type { WorkerOptions } from '@temporalio/worker';

/** All that decides how much a worker takes on at once, in one place for the benchmark to try. */
export const workerTuning = {
  /**
   * Tasks in hand. With fewer, a busy conversation's events gather and share one task; but where each has a conversation of its
   * own, Temporal writes down the tasks that find no worker, and takes longer for each. All in hand must be done within 10 s, on
   * a crowded machine and with conversations that are new to this worker too.
   */
  maxConcurrentWorkflowTaskExecutions: 32,
  maxConcurrentLocalActivityExecutions: 1_000,
  /** Ordinary activities wait most of the time: each endpoint that is being told something is one, and none delays another. */
  maxConcurrentActivityTaskExecutions: 500,
  workflowTaskPollerBehavior: { type: 'simple-maximum', maximum: 20 },
  activityTaskPollerBehavior: { type: 'simple-maximum', maximum: 2 },
  /** After a worker was killed, its conversations wait so long for it to come back: less than who awaits an answer does. */
  stickyQueueScheduleToStartTimeout: '5s',
  /** Bounds memory: what falls out is replayed from its history at its next event. */
  maxCachedWorkflows: 2_000,
  /** A stop waits so long for work in hand; with Temporal away it would for ever. */
  shutdownGraceTime: '5s',
  shutdownForceTime: '5.5s',
} as const satisfies Partial<WorkerOptions>;

/** Database connections of a worker: commits are shared, so a few carry all. */
export const workerPoolSize = 6;

/** Of deliveries and what leads to them: their statements are few and short. */
export const webhookPoolSize = 4;
