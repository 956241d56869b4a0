import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { takeOverOutbox } from '../db/outbox';
import type { Endpoint } from '../db/delivering';
import { claimWakes, endpointsBehind, giveBackWakes, handOut } from '../db/hand-out';

const EVERY_MS = 1_000;

export interface DistributorDeps {
  pool: Pool;
  /** wakes the workflow of an endpoint */
  wake: (endpoint: Endpoint) => Promise<void>;
  logger: Logger;
  now?: () => number;
}

/**
 * Makes deliveries of what the outbox holds, and wakes the workflows of their endpoints. It does so once a
 * second, so that no workflow is woken more often. Every worker does it; the database lets one worker at a
 * time do it for an endpoint.
 *
 * @returns a function that stops it
 */
export function startDistributor(deps: DistributorDeps): () => Promise<void> {
  let stopped = false;
  let failing = false;
  let begun = false;
  const run = async () => {
    while (!stopped) {
      const began = Date.now();
      try {
        if (!begun && (await takeOverOutbox(deps.pool)))
          deps.logger.warn('the outbox came from another cluster: streams begin anew');
        begun = true;
        await distributeOnce(deps);
        failing = false;
      } catch (error) {
        if (!failing) deps.logger.warn({ err: error }, 'webhooks wait; tried again every second');
        failing = true;
      }
      await pause(Math.max(50, EVERY_MS - (Date.now() - began)));
    }
  };
  let wakeUp = () => {};
  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
      if (stopped) wakeUp();
    });
  const running = run();
  return () => {
    stopped = true;
    wakeUp();
    return running;
  };
}

export async function distributeOnce({ pool, wake, now = Date.now }: DistributorDeps): Promise<void> {
  for (const endpoint of await endpointsBehind(pool)) {
    while (await handOut(pool, endpoint, now()));
  }
  const claimed = await claimWakes(pool, now());
  const failed: Endpoint[] = [];
  const failures: unknown[] = [];
  await Promise.all(
    claimed.map((endpoint) =>
      wake(endpoint).catch((error: unknown) => {
        failed.push(endpoint);
        failures.push(error);
      }),
    ),
  );
  if (failed.length === 0) return;
  await giveBackWakes(pool, failed, now());
  throw failures[0];
}
