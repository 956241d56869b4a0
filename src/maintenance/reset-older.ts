import type { Logger } from 'pino';
import type { TemporalClient } from '../temporal/client';
import { CODE_NUMBER } from '../temporal/code-number';

const AT_ONCE = 8;

/**
 * Resets runs of older code when a worker meets them: they have something to do, so they do not wait for the
 * rollout. If a reset fails, the run's next task asks for it again.
 *
 * @returns a function that takes the workflow's id
 */
export function resetsOlder(deps: {
  temporal: Pick<TemporalClient, 'reset'>;
  logger: Logger;
}): (workflowId: string) => void {
  const waiting = new Set<string>();
  const underWay = new Set<string>();
  const goOn = () => {
    for (const id of waiting) {
      if (underWay.size >= AT_ONCE) return;
      waiting.delete(id);
      underWay.add(id);
      void reset(deps, id).finally(() => {
        underWay.delete(id);
        goOn();
      });
    }
  };
  return (id) => {
    if (underWay.has(id)) return;
    waiting.add(id);
    goOn();
  };
}

async function reset(
  { temporal, logger }: { temporal: Pick<TemporalClient, 'reset'>; logger: Logger },
  workflow: string,
): Promise<void> {
  try {
    const outcome = await temporal.reset(workflow, { reason: `code number ${CODE_NUMBER}`, onlyOlder: true });
    logger.debug({ workflow, outcome }, 'A run of older code came up');
  } catch (error) {
    logger.warn({ err: error, workflow }, 'A run of older code could not be reset; it is tried again');
  }
}
