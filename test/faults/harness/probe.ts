import { setTimeout as sleep } from 'node:timers/promises';
import { until } from './until';

export interface Probe {
  status: number;
  retryAfter: string | null;
  ms: number;
}

/** One request, sent once, and its answer. Status 0: no answer. */
export async function ask(url: string, key: string, path: string, body?: unknown): Promise<Probe> {
  const began = performance.now();
  const tell = (status: number, retryAfter: string | null) => ({
    ...{ status, retryAfter },
    ms: Math.round(performance.now() - began),
  });
  try {
    const response = await fetch(url + path, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        authorization: `Bearer ${key}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(30_000),
    });
    await response.arrayBuffer();
    return tell(response.status, response.headers.get('retry-after'));
  } catch {
    return tell(0, null);
  }
}

/** Waits at most half a minute until all parts are ready. @returns whether they are */
export function readyAgain({ url, key }: { url: string; key: string }): Promise<boolean> {
  return until(async () => (await ask(url, key, '/readyz')).status === 200, 30_000);
}

/** Asks again and again until it is stopped. @returns all answers */
export function askOften(everyMs: number, once: () => Promise<Probe>): { end: () => Promise<Probe[]> } {
  const probes: Probe[] = [];
  let off = false;
  const run = (async () => {
    for (; !off; await sleep(everyMs)) probes.push(await once());
  })();
  return {
    end: async () => {
      off = true;
      await run;
      return probes;
    },
  };
}

/**
 * How long the machine itself delays requests: it sends one that needs no other part, again and again. A
 * promise in seconds is about the service and does not include this delay.
 */
export function machineDelay(url: string, key: string): { end: () => Promise<number> } {
  const asking = askOften(100, () => ask(url, key, '/livez'));
  return { end: async () => Math.max(...(await asking.end()).map((p) => p.ms)) };
}

/** The time in which this share of them was answered, in milliseconds. */
export function quantile(probes: readonly { ms: number }[], share: number): number {
  const sorted = probes.map((p) => p.ms).sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
