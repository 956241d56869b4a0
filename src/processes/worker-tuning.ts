import type { WorkerOptions } from '@temporalio/worker';

/** All that decides how much a worker takes on at once, in one place for the benchmark to try. */
export const workerTuning = {
  /**
   * Tasks in hand. A task waits for its local activity, which waits to share a commit: more in hand, larger commits. But one
   * takes several times as long where a conversation is new here, and all in hand must be done within 10 s, on a crowded machine too.
   */
  maxConcurrentWorkflowTaskExecutions: 50,
  maxConcurrentLocalActivityExecutions: 1_000,
  /** Ordinary activities are few: pages of a settings rollout. */
  maxConcurrentActivityTaskExecutions: 20,
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
