import type { Client } from '@temporalio/client';
import { randomUUID } from 'node:crypto';
import { CODE_NUMBER, codeNumberOf } from './code-number';

type Service = Pick<Client, 'workflowService' | 'options'>;

/**
 * The result of a reset. `current`: the run began under this code, so it was not reset. `not_begun`: none of
 * its tasks has ended yet, so there is nothing to reset.
 */
export type ResetOutcome = 'reset' | 'current' | 'not_begun';

export interface ResetOptions {
  /** shown in Temporal's UI */
  reason: string;
  /** does not reset a run that began under this code */
  onlyOlder: boolean;
}

const ALL_ELIGIBLE = 3; // ResetReapplyType
const PAGE = 200;

/**
 * Restarts a workflow's current run from its first task. The new run gets the signals and updates that came
 * since, in order, and knows nothing else of the old run.
 *
 * @throws ServiceError if Temporal refuses, or if there is no such workflow
 */
export async function resetRun(
  client: Service,
  workflowId: string,
  { reason, onlyOlder }: ResetOptions,
): Promise<ResetOutcome> {
  const first = await firstTask(client, workflowId);
  if (!first) return 'not_begun';
  if (onlyOlder && codeNumberOf(first.build) === CODE_NUMBER) return 'current';
  await client.workflowService.resetWorkflowExecution({
    namespace: client.options.namespace,
    // The call names no run, so Temporal resets the current one. A reset of any other run would lose signals.
    workflowExecution: { workflowId },
    workflowTaskFinishEventId: first.endedBy,
    resetReapplyType: ALL_ELIGIBLE,
    requestId: randomUUID(),
    reason,
  });
  return 'reset';
}

/**
 * The event with which the first task of the current run ended, and the task's build; null if none has ended.
 */
async function firstTask({ workflowService, options: { namespace } }: Service, workflowId: string) {
  let nextPageToken: Uint8Array | undefined;
  do {
    const page = await workflowService.getWorkflowExecutionHistory({
      namespace,
      execution: { workflowId },
      maximumPageSize: PAGE,
      nextPageToken,
    });
    for (const event of page.history?.events ?? []) {
      const completed = event.workflowTaskCompletedEventAttributes;
      if (
        !completed &&
        !event.workflowTaskFailedEventAttributes &&
        !event.workflowTaskTimedOutEventAttributes
      )
        continue;
      return { endedBy: event.eventId, build: completed?.workerVersion?.buildId ?? '' };
    }
    nextPageToken = page.nextPageToken;
  } while (nextPageToken.length > 0);
  return null;
}
