/**
 * How a trace gets from a signal to the write of its decision: its header is kept as it came and handed on. OpenTelemetry itself
 * is not in the sandbox, so whether there are traces changes nothing that a replay could see.
 */
import type { Payload } from '@temporalio/common';
import { proxySinks, type WorkflowInterceptors } from '@temporalio/workflow';
import { TRACE_HEADER, type TraceSinks } from '../src/temporal/contract';

const { traces } = proxySinks<TraceSinks>();

/** of the message whose handler runs */
let coming: Payload | undefined;
/** of what is being called */
let going: Payload | undefined;

function within<T>(header: Payload | undefined, handle: () => T): T {
  coming = header;
  try {
    return handle(); // handlers take what they need before they first wait
  } finally {
    coming = undefined;
  }
}

export const interceptors = (): WorkflowInterceptors => ({
  inbound: [
    {
      handleSignal: (input, next) => within(input.headers[TRACE_HEADER], () => next(input)),
      handleUpdate: (input, next) => within(input.headers[TRACE_HEADER], () => next(input)),
    },
  ],
  outbound: [
    {
      scheduleLocalActivity: (input, next) =>
        next(going ? { ...input, headers: { ...input.headers, [TRACE_HEADER]: going } } : input),
    },
  ],
});

/** A message's trace, and when it came. */
export interface Trace {
  header: Payload;
  received: number;
}

/** Of the message whose handler runs; undefined where it has none. */
export function currentTrace(): Trace | undefined {
  return coming && { header: coming, received: Date.now() };
}

/** Calls an activity in the trace. */
export function inTrace<T>(trace: Trace | undefined, call: () => Promise<T>): Promise<T> {
  going = trace?.header;
  try {
    return call();
  } finally {
    going = undefined;
  }
}

export function tellTrace(trace: Trace | undefined, type: string): void {
  if (trace) traces.decided(trace.header, type, trace.received);
}
