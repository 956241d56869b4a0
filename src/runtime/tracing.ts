import { turnTracingOn } from '../metrics/tracing';
import type { Root } from './process';

/**
 * Sends traces to an OpenTelemetry collector, by OTLP over HTTP. The exporter reads OpenTelemetry's own variables for the rest
 * (`OTEL_EXPORTER_OTLP_HEADERS`, …). Call it before clients and workers are made. Its packages are loaded only here.
 */
export async function sendTraces(
  endpoint: string | undefined,
  service: string,
  { stopOrder }: Root,
): Promise<void> {
  if (endpoint === undefined) return;
  const [{ OTLPTraceExporter }, { BasicTracerProvider, BatchSpanProcessor }, { Resource }, hooks] =
    await Promise.all([
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/sdk-trace-base'),
      import('@opentelemetry/resources'),
      import('@opentelemetry/context-async-hooks'),
    ]);
  const provider = new BasicTracerProvider({
    resource: new Resource({ 'service.name': process.env.OTEL_SERVICE_NAME || service }),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter(), { scheduledDelayMillis: 1_000 })],
  });
  provider.register({ contextManager: new hooks.AsyncLocalStorageContextManager().enable() });
  turnTracingOn();
  stopOrder.add('traces', () => provider.shutdown());
}
