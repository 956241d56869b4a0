/** How a worker says which code it is, and hears of runs of older code. */
import type { InjectedSinks, WorkerDeploymentOptions } from '@temporalio/worker';
import { CODE_BUILD } from '../temporal/code-number';
import { TASK_QUEUE, type CodeSinks } from '../temporal/contract';

/** Runs of older code are told apart by the build that worked on them, which Temporal keeps. */
export const NUMBERED: WorkerDeploymentOptions = {
  version: { deploymentName: TASK_QUEUE, buildId: CODE_BUILD },
  useWorkerVersioning: false,
};

export function codeSinks(reset: (workflowId: string) => void): InjectedSinks<CodeSinks> {
  return { code: { older: { fn: ({ workflowId }) => reset(workflowId), callDuringReplay: true } } };
}

/**
 * Two builds can work side by side, forward and back, whatever changed between them: a run stays with the build it began with.
 * A conversation goes to the current one when it has rested, or in a quiet moment.
 */
export function versioned(buildId: string): WorkerDeploymentOptions {
  const version = { deploymentName: TASK_QUEUE, buildId };
  return { version, useWorkerVersioning: true, defaultVersioningBehavior: 'PINNED' };
}
