/** How a worker says which code it has, and how it learns of runs of older code. */
import type { InjectedSinks, WorkerDeploymentOptions } from '@temporalio/worker';
import { CODE_BUILD } from '../temporal/code-number';
import { TASK_QUEUE, type CodeSinks, type PoisonSinks } from '../temporal/contract';

/** Temporal keeps the build that worked on a run. It shows which code began the run. */
export const NUMBERED: WorkerDeploymentOptions = {
  version: { deploymentName: TASK_QUEUE, buildId: CODE_BUILD },
  useWorkerVersioning: false,
};

export function codeSinks(reset: (workflowId: string) => void): InjectedSinks<CodeSinks> {
  return { code: { older: { fn: ({ workflowId }) => reset(workflowId), callDuringReplay: true } } };
}

/** @param dropped called for each payload that is no event */
export function poisonSinks(dropped: () => void): InjectedSinks<PoisonSinks> {
  return { poison: { dropped: { fn: dropped, callDuringReplay: false } } };
}

/**
 * Two builds can work side by side, also after a step back, and with any change between them: a run stays
 * with the build that it began with. A conversation moves to the current build after it has rested, or in a
 * quiet moment.
 */
export function versioned(buildId: string): WorkerDeploymentOptions {
  const version = { deploymentName: TASK_QUEUE, buildId };
  return { version, useWorkerVersioning: true, defaultVersioningBehavior: 'PINNED' };
}
