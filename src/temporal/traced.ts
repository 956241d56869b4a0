/** How a trace gets through Temporal: in a header of its messages, which Temporal's own interceptors for OpenTelemetry use too. */
import type { WorkflowClientInterceptor } from '@temporalio/client';
import { defaultPayloadConverter, type Headers, type Payload } from '@temporalio/common';
import type { ActivityInterceptors, InjectedSinks } from '@temporalio/worker';
import { SpanKind } from '@opentelemetry/api';
import { carried, recordSpan, spanned, tracingIsOn } from '../metrics/tracing';
import { TRACE_HEADER, type TraceSinks } from './contract';

/** What is signalled has the trace of who signals. */
const clientInterceptor: WorkflowClientInterceptor = {
  signal: (input, next) =>
    spanned(`signal ${input.signalName}`, () => next({ ...input, headers: withTrace(input.headers) }), {
      kind: SpanKind.PRODUCER,
    }),
  signalWithStart: (input, next) =>
    spanned(
      `signal ${input.signalName} with start`,
      () => next({ ...input, headers: withTrace(input.headers) }),
      { kind: SpanKind.PRODUCER },
    ),
};

/** For a client's options; none where there are no traces. */
export function clientInterceptors() {
  return tracingIsOn() ? { workflow: [clientInterceptor] } : {};
}

/** For a worker's options; none where there are no traces. */
export function activityInterceptors(): (() => ActivityInterceptors)[] {
  if (!tracingIsOn()) return [];
  return [
    () => ({
      inbound: {
        execute: (input, next) => {
          const from = carrierOf(input.headers[TRACE_HEADER]);
          return from
            ? spanned('activity', () => next(input), { kind: SpanKind.CONSUMER, from })
            : next(input);
        },
      },
    }),
  ];
}

/** The workflow's own part, which it tells its worker once it is over. */
export function traceSinks(): InjectedSinks<TraceSinks> {
  const decided: TraceSinks['traces']['decided'] = (header, type, received) =>
    recordSpan(`decide ${type}`, { from: carrierOf(header), began: received });
  return { traces: { decided: { fn: (_, ...told) => decided(...told), callDuringReplay: false } } };
}

function withTrace(headers: Headers): Headers {
  const carrier = carried();
  return carrier ? { ...headers, [TRACE_HEADER]: defaultPayloadConverter.toPayload(carrier) } : headers;
}

/** Anybody may signal, with any header. */
function carrierOf(header: Payload | undefined): object | undefined {
  if (!header) return undefined;
  try {
    const carrier: unknown = defaultPayloadConverter.fromPayload(header);
    return typeof carrier === 'object' && carrier !== null ? carrier : undefined;
  } catch {
    return undefined;
  }
}
