/**
 * Traces of requests: HTTP, signal, workflow, statement. This room knows OpenTelemetry's API alone, which does nothing until
 * `runtime/tracing.ts` gives it somewhere to send to. No span holds an id, a name or a text.
 */
import {
  context,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
} from '@opentelemetry/api';

/** What carries a trace from one process to another: W3C's `traceparent` and what belongs to it. */
export type Carrier = Record<string, string>;

const tracer = trace.getTracer('conversation-status');
let on = false;

export function tracingIsOn(): boolean {
  return on;
}

/** Said once, when there is somewhere to send traces to. */
export function turnTracingOn(): void {
  on = true;
}

/** The current trace, for who cannot be called but only told; undefined where there is none. */
export function carried(): Carrier | undefined {
  if (!on || !trace.getActiveSpan()) return undefined;
  const carrier: Carrier = {};
  propagation.inject(context.active(), carrier);
  return carrier;
}

/** Runs the work in a span of its own, below the current one or the one that was carried here. */
export async function spanned<T>(
  name: string,
  work: () => Promise<T>,
  { kind = SpanKind.INTERNAL, from }: { kind?: SpanKind; from?: unknown } = {},
): Promise<T> {
  if (!on) return work();
  return tracer.startActiveSpan(name, { kind }, above(from), async (span) => {
    try {
      return await work();
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR }); // its message may hold anything
      throw error;
    } finally {
      span.end();
    }
  });
}

/** A span that is over already. Times are epoch milliseconds. */
export function recordSpan(
  name: string,
  { from, began, attributes }: { from: unknown; began: number; attributes?: Attributes },
): void {
  if (on) tracer.startSpan(name, { startTime: began, attributes }, above(from)).end();
}

function above(from: unknown): Context {
  if (typeof from !== 'object' || from === null) return context.active();
  return propagation.extract(ROOT_CONTEXT, from);
}

export interface RequestSpan {
  /** Runs the rest of the request in it. */
  within(work: () => void): void;
  end(route: { method: string; path: string; status: number }): void;
}

/** A request's, below the caller's own where it sends one. */
export function requestSpan(headers: unknown): RequestSpan | undefined {
  if (!on) return undefined;
  const parent = propagation.extract(ROOT_CONTEXT, headers);
  const span = tracer.startSpan('request', { kind: SpanKind.SERVER }, parent);
  return {
    within: (work) => context.with(trace.setSpan(parent, span), work),
    end: ({ method, path, status }) => {
      span.updateName(`${method} ${path}`);
      span.setAttributes({
        'http.request.method': method,
        'http.route': path,
        'http.response.status_code': status,
      });
      if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    },
  };
}

const followed = new WeakMap<object, Context>();

/** One that shares a statement with others keeps its trace. */
export function follow(write: object): void {
  if (on && trace.getActiveSpan()) followed.set(write, context.active());
}

/** A statement that many share is a span in the trace of each. */
export async function sharedSpan<T>(name: string, writes: object[], statement: () => Promise<T>): Promise<T> {
  if (!on) return statement();
  const attributes = { 'db.system.name': 'postgresql', 'conversations.count': writes.length };
  const spans = writes.flatMap((write) => {
    const parent = followed.get(write);
    return parent ? [tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes }, parent)] : [];
  });
  try {
    return await statement();
  } catch (error) {
    for (const span of spans) span.setStatus({ code: SpanStatusCode.ERROR });
    throw error;
  } finally {
    for (const span of spans) span.end();
  }
}
