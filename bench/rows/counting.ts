/**
 * What the counting workflows have done, read from their histories. The times are the server's, on this
 * machine.
 */
import { isGrpcServiceError, type Client, type WorkflowHandle } from '@temporalio/client';
import { setTimeout as sleep } from 'node:timers/promises';

type HistoryEvent = NonNullable<Awaited<ReturnType<WorkflowHandle['fetchHistory']>>['events']>[number];

/** `EventType` of Temporal's API */
const WORKFLOW_TASK_COMPLETED: number = 7;
/** started, task scheduled, task started, timer fired, signalled: after these a task is to come or runs */
const BUSY: readonly number[] = [1, 5, 6, 18, 26];
const TIMER_STARTED = 17;
const WORKFLOW_EXECUTION_SIGNALED = 26;
/** a gRPC status */
const NOT_FOUND = 5;

function timeOf(event: HistoryEvent | undefined): number {
  const { seconds, nanos } = event?.eventTime ?? {};
  return Number(seconds ?? 0) * 1000 + (nanos ?? 0) / 1e6;
}

const typeOf = ({ eventType }: HistoryEvent) => Number(eventType);

async function lastEvents(client: Client, workflowId: string, most: number): Promise<HistoryEvent[]> {
  const asked = client.workflowService.getWorkflowExecutionHistoryReverse({
    namespace: client.options.namespace,
    execution: { workflowId },
    maximumPageSize: most,
  });
  const { history } = await asked.catch((error: unknown) => {
    if (isGrpcServiceError(error) && Number(error.code) === NOT_FOUND) return { history: null };
    throw error;
  });
  return history?.events ?? [];
}

/** Waits until all of them are idle. @returns when the last task was completed, in epoch milliseconds */
export const untilIdle = (client: Client, workflowIds: string[]) => untilNone(BUSY, client, workflowIds, 20);

/**
 * Waits until the timer of each has fired and its task is done. It asks seldom, because each answer takes
 * processor time from what is measured.
 */
export const untilRung = (client: Client, workflowIds: string[]) =>
  untilNone([...BUSY, TIMER_STARTED], client, workflowIds, 250);

/**
 * @param busy a workflow is busy while its last event is one of these
 * @returns the time of the last event of all
 */
async function untilNone(
  busy: readonly number[],
  client: Client,
  workflowIds: string[],
  askEveryMs: number,
): Promise<number> {
  let latest = 0;
  let left = workflowIds;
  while (left.length > 0) {
    const still: string[] = [];
    for (let i = 0; i < left.length; i += 20) {
      const some = left.slice(i, i + 20);
      const lasts = await Promise.all(some.map(async (id) => (await lastEvents(client, id, 1))[0]));
      lasts.forEach((last, n) => {
        if (!last) return; // never signalled
        if (busy.includes(typeOf(last))) still.push(some[n] ?? '');
        else latest = Math.max(latest, timeOf(last));
      });
    }
    left = still;
    if (left.length > 0) await sleep(askEveryMs);
  }
  return latest;
}

/**
 * How long each signal since `since` waited until its task was complete, in milliseconds. Both times are the
 * server's, and it stamps each before its commit: so one commit lies between them, as between an accepted
 * event and its row.
 */
export async function completions(client: Client, workflowIds: string[], since: number): Promise<number[]> {
  const took: number[] = [];
  for (const id of workflowIds) {
    let completed = NaN;
    for (const event of await lastEvents(client, id, 1000)) {
      const at = timeOf(event);
      if (at < since) break;
      if (typeOf(event) === WORKFLOW_TASK_COMPLETED) completed = at;
      if (typeOf(event) === WORKFLOW_EXECUTION_SIGNALED) took.push(completed - at);
    }
  }
  return took;
}
