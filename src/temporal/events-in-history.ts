import type { WorkflowHandle } from '@temporalio/client';
import type { Payload, PayloadCodec } from '@temporalio/common';
import type { Carried } from './contract';
import { payloadConverter } from './payload-converter';

type HistoryEvent = NonNullable<Awaited<ReturnType<WorkflowHandle['fetchHistory']>>['events']>[number];

/** An event as a run got it. `type` is null if the payload names the type. */
export interface Given {
  type: string | null;
  payload: unknown;
}

/** The events that one entry of a Temporal history gives to its run. @param codecs as the client has them */
export async function givenIn(entry: HistoryEvent, codecs: PayloadCodec[]): Promise<Given[]> {
  const read = (payload: Payload | null | undefined) => decoded(payload, codecs);
  const { workflowExecutionSignaledEventAttributes: signaled } = entry;
  if (signaled)
    return [{ type: signaled.signalName ?? null, payload: await read(signaled.input?.payloads?.[0]) }];
  const asked = entry.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.input?.args;
  if (asked) return [{ type: null, payload: await read(asked.payloads?.[0]) }];
  const begun = entry.workflowExecutionStartedEventAttributes;
  const carried = begun?.continuedExecutionRunId ? begun.input?.payloads?.[1] : undefined;
  const { waiting = [] } = ((await read(carried)) ?? {}) as Partial<Carried>;
  return waiting.map((payload) => ({ type: null, payload }));
}

async function decoded(payload: Payload | null | undefined, codecs: PayloadCodec[]): Promise<unknown> {
  if (!payload) return undefined;
  let payloads = [payload];
  for (const codec of [...codecs].reverse()) payloads = await codec.decode(payloads);
  return payloadConverter.fromPayload(payloads[0] ?? payload);
}
