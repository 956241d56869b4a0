import { heartbeat } from '@temporalio/activity';
import { isGrpcServiceError, ServiceError } from '@temporalio/client';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { markCodeRolledOut } from '../src/db/code-numbers';
import type { TemporalClient } from '../src/temporal/client';
import { CODE_NUMBER } from '../src/temporal/code-number';
import { CODE_ROLLOUT_WORKFLOW, codeRolloutWorkflowId, type CodeProgress } from '../src/temporal/contract';
import { forEachPaced } from './paced';

/** A reset costs Temporal and a worker about 20 ms together, and events must not wait for resets. */
const PACE = { perSecond: 25, atOnce: 4 };
const PAGE = 100;

/** gRPC's NOT_FOUND, and its codes for a run that cannot be reset: INVALID_ARGUMENT, FAILED_PRECONDITION */
const NOT_FOUND = 5;
const REFUSED: readonly (number | undefined)[] = [3, 9];

export interface CodePageInput {
  number: number;
  /** only runs that began before then, RFC 3339 */
  before: string;
  /** where the last page ended; null for the first */
  token: string | null;
}

/** What was done with a page of runs, and where the next page begins; null if there is none. */
export type CodePage = CodeProgress & { next: string | null };

export interface CodeRolloutActivities {
  resetPage(from: CodePageInput): Promise<CodePage>;
  finishCodeRollout(what: CodeProgress & { number: number }): Promise<void>;
}

export function codeRolloutActivities(deps: {
  pool: Pool;
  temporal: TemporalClient;
  logger: Logger;
}): CodeRolloutActivities {
  const { pool, temporal, logger } = deps;
  return {
    async resetPage({ number, before, token }) {
      assertThisCode(number);
      const from = { size: PAGE, token: token === null ? null : Buffer.from(token, 'base64') };
      const { ids, next } = await temporal.begunBefore(new Date(before), from);
      const done: CodeProgress = { reset: 0, left: 0, failed: 0 };
      await forEachPaced(ids, PACE, async (id) => {
        done[await takenOn(deps, id)] += 1;
        heartbeat();
      });
      if (done.reset + done.failed > 0)
        logger.info({ code: number, ...done }, 'Open runs go on under this code');
      return { ...done, next: next && Buffer.from(next).toString('base64') };
    },
    async finishCodeRollout({ number, ...done }) {
      await markCodeRolledOut(pool, number);
      if (done.reset > 0) logger.info({ code: number, ...done }, 'All open runs are under this code');
    },
  };
}

/** Workers with different code may run for a moment. A task that reaches the wrong worker is tried again. */
function assertThisCode(number: number): void {
  if (number === CODE_NUMBER) return;
  throw new Error(`this worker has code number ${CODE_NUMBER}, and the rollout is of ${number}`);
}

async function takenOn(
  { temporal, logger }: { temporal: TemporalClient; logger: Logger },
  id: string,
): Promise<keyof CodeProgress> {
  try {
    if (id.startsWith(`${CODE_ROLLOUT_WORKFLOW}/`)) {
      // The other one has an older code number, so this rollout does its work too.
      if (id !== codeRolloutWorkflowId({ number: CODE_NUMBER })) await temporal.terminate(id, reason);
      return 'left';
    }
    const outcome = await temporal.reset(id, { reason, onlyOlder: true });
    return outcome === 'reset' ? 'reset' : 'left';
  } catch (error) {
    const code = codeOf(error);
    if (code === NOT_FOUND) return 'left'; // it ended meanwhile
    if (!REFUSED.includes(code)) throw error;
    logger.warn({ err: error, workflow: id }, 'A run cannot be reset; it is tried again');
    return 'failed';
  }
}

const reason = `code number ${CODE_NUMBER}`;

function codeOf(error: unknown): number | undefined {
  const cause = error instanceof ServiceError ? error.cause : error;
  return isGrpcServiceError(cause) ? cause.code : undefined;
}
