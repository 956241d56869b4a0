/** Reads a workflow's history in Temporal. */
import type { WorkflowHandle } from '@temporalio/client';

export type HistoryEvent = NonNullable<Awaited<ReturnType<WorkflowHandle['fetchHistory']>>['events']>[number];

/** Numbers of Temporal's EventType. */
const TYPES = {
  workflow_started: 1,
  workflow_completed: 2,
  workflow_task_scheduled: 5,
  workflow_task_completed: 7,
  workflow_task_timed_out: 8,
  workflow_task_failed: 9,
  timer_started: 17,
  timer_fired: 18,
  marker_recorded: 25,
  signaled: 26,
  continued_as_new: 28,
  search_attributes_upserted: 40,
  update_accepted: 41,
} as const;

export function eventsOf(history: HistoryEvent[], type: keyof typeof TYPES): HistoryEvent[] {
  return history.filter((event) => Number(event.eventType) === TYPES[type]);
}

/** WorkflowTaskFailedCause: a signal arrived while a run ended, and the server asks for the task again; a reset, which begins so */
const NO_FAILURES = [1, 20];

/** Failed tasks, but for those that the server writes down as such and that are none. */
export function failuresIn(history: HistoryEvent[]): string[] {
  const failed = eventsOf(history, 'workflow_task_failed').map((e) => e.workflowTaskFailedEventAttributes);
  return failed
    .filter((attributes) => !NO_FAILURES.includes(Number(attributes?.cause)))
    .map((attributes) => `${attributes?.cause} ${attributes?.failure?.message}`);
}

/** The summary of a timer or an activity, as the UI shows it. */
export function summaryOf({ userMetadata }: HistoryEvent): string | undefined {
  const data = userMetadata?.summary?.data;
  return data ? (JSON.parse(Buffer.from(data).toString()) as string) : undefined;
}
