import type { Client } from '@temporalio/client';
import { randomUUID } from 'node:crypto';
import { CODE_NUMBER, codeNumberOf } from './code-number';

type Service = Pick<Client, 'workflowService' | 'options'>;

/**
 * What a reset came to. `current`: the run began under this code, so it was left alone. `not_begun`: none of its tasks has ended
 * yet, so there is nothing to start over.
 */
export type ResetOutcome = 'reset' | 'current' | 'not_begun';

export interface ResetOptions {
  /** shown in Temporal's UI */
  reason: string;
  /** leaves a run alone that began under this code */
  onlyOlder: boolean;
}

const ALL_ELIGIBLE = 3; // ResetReapplyType
const PAGE = 200;

/**
 * Starts a workflow's current run over from its first task. Signals and updates that came since are handed to the new run in
 * their order; of everything else the new run knows nothing.
 *
 * @throws ServiceError where Temporal refuses, or there is no such workflow
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
    // No run is named, so the one that is current is reset. Another one's signals would be lost.
    workflowExecution: { workflowId },
    workflowTaskFinishEventId: first.endedBy,
    resetReapplyType: ALL_ELIGIBLE,
    requestId: randomUUID(),
    reason,
  });
  return 'reset';
}

/** With which event the first task of the current run ended, and on which build; null where none has ended. */
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
