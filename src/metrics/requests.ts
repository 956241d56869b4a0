/** What is told of the API's requests, and of Temporal as it sees it. */
import { Counter, Gauge, Histogram } from 'prom-client';
import { LATENCIES, registry } from './registry';

const registers = [registry];

const requests = new Counter({
  name: 'conversations_http_requests_total',
  help: 'Requests that were answered, by the path of their operation; 499: the caller went away before.',
  labelNames: ['method', 'route', 'status'] as const,
  registers,
});

const seconds = new Histogram({
  name: 'conversations_http_request_seconds',
  help: 'From the head of a request to the end of its answer; streams last as long as they are read.',
  labelNames: ['method', 'route'] as const,
  buckets: LATENCIES,
  registers,
});

export const circuitBreakerOpen = new Gauge({
  name: 'conversations_circuit_breaker_open',
  help: '1 while calls to Temporal fail at once because those before them failed, else 0.',
  registers,
});

export interface Answered {
  method: string;
  /** the operation's, with the names of its parameters and not their values */
  route: string;
  status: number;
  ms: number;
}

export function countRequest({ method, route, status, ms }: Answered): void {
  requests.inc({ method, route, status });
  seconds.observe({ method, route }, ms / 1000);
}
