import type { RequestListener } from 'node:http';
import { collectDefaultMetrics } from 'prom-client';
import { registry, scrape } from '../metrics/registry';
import { installRuntime } from '../temporal/connection';
import { listen, type HttpServer, type Listen } from './http-server';
import { OperatorError } from './operator-error';
import type { Root } from './process';

export interface MetricsAddress extends Listen {
  /** Where the port cannot be had, any free one will do. */
  readonly orAnother?: true;
}

const LOOPBACK = { host: '127.0.0.1', port: 0 };
const SDK_ANSWERS_MS = 2_000;
const variables = { host: 'METRICS_HOST', port: 'METRICS_PORT' };

/**
 * Serves what this process counts, and with it what Temporal's SDK does, on a listener of its own. Call it before Temporal is
 * connected: the SDK can be told only once that it shall count.
 *
 * @returns the URL; undefined where metrics are off
 * @throws OperatorError when the port cannot be had
 */
export async function serveMetrics(
  at: MetricsAddress | undefined,
  { logger, stopOrder }: Root,
): Promise<string | undefined> {
  if (!at) return undefined;
  const sdk = await freeAddress();
  installRuntime(logger, sdk);
  collectDefaultMetrics({ register: registry });
  const server = await listening(answering(`http://${sdk}/metrics`), at);
  stopOrder.add('metrics', () => server.drain(500));
  const url = `${server.url}/metrics`;
  logger.info({ metrics: url }, 'Metrics are served');
  return url;
}

/** Nobody outside of this machine reaches the SDK's own listener, which cannot say what port it took. */
async function freeAddress(): Promise<string> {
  const probe = await listen(() => {}, LOOPBACK);
  await probe.drain(0);
  return new URL(probe.url).host;
}

async function listening(handler: RequestListener, at: MetricsAddress): Promise<HttpServer> {
  try {
    return await listen(handler, { ...at, variables });
  } catch (error) {
    if (!at.orAnother || !(error instanceof OperatorError)) throw error;
    return listen(handler, { ...at, port: 0, variables });
  }
}

function answering(sdkUrl: string): RequestListener {
  return (request, response) => {
    if (request.method !== 'GET' || request.url !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    void Promise.all([scrape(), sdkMetrics(sdkUrl)]).then(
      (texts) => response.writeHead(200, { 'Content-Type': registry.contentType }).end(texts.join('\n')),
      () => response.writeHead(500).end(),
    );
  };
}

/** Ours are worth having without it. */
async function sdkMetrics(url: string): Promise<string> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(SDK_ANSWERS_MS) });
    return response.ok ? await response.text() : '';
  } catch {
    return '';
  }
}
