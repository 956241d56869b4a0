import type { WorkflowHandle } from '@temporalio/client';
import type { Payload } from '@temporalio/common';
import type { Carried } from './contract';
import { payloadConverter } from './payload-converter';

type HistoryEvent = NonNullable<Awaited<ReturnType<WorkflowHandle['fetchHistory']>>['events']>[number];

/** An event as a run got it. `type` is null if the payload names the type. */
export interface Given {
  type: string | null;
  payload: unknown;
}

/** The events that one entry of a Temporal history gives to its run. */
export function givenIn(entry: HistoryEvent): Given[] {
  const { workflowExecutionSignaledEventAttributes: signaled } = entry;
  if (signaled) return [{ type: signaled.signalName ?? null, payload: read(signaled.input?.payloads?.[0]) }];
  const asked = entry.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.input?.args;
  if (asked) return [{ type: null, payload: read(asked.payloads?.[0]) }];
  const begun = entry.workflowExecutionStartedEventAttributes;
  const carried = begun?.continuedExecutionRunId ? begun.input?.payloads?.[1] : undefined;
  const { waiting = [] } = (read(carried) ?? {}) as Partial<Carried>;
  return waiting.map((payload) => ({ type: null, payload }));
}

function read(payload: Payload | null | undefined): unknown {
  return payload ? payloadConverter.fromPayload(payload) : undefined;
}
