import { heartbeat, sleep } from '@temporalio/activity';
import type { Pool } from 'pg';
import { countWorkflows, endErasure, eraseRows, erasureTask } from '../src/db/erasures';
import type { TemporalClient } from '../src/temporal/client';
import { workflowId } from '../src/temporal/contract';

/** How many rows a statement deletes. */
const PIECE = 2_000;
/** A pause after each, so that others get their turn. */
const PAUSE_MS = 20;
/** How many executions are ended or deleted a second. */
const PER_SECOND = 100;

export interface ErasureActivities {
  /** Ends the runs that hold what is erased. @returns how many there were; null: there is certainly none any more */
  endRuns(erasure: string): Promise<number | null>;
  /** @returns how many rows were deleted */
  deleteRows(erasure: string): Promise<number>;
  /** Deletes runs that have ended, with their histories. @returns how many Temporal still listed */
  deleteRuns(erasure: string): Promise<number>;
  finishErasure(erasure: string): Promise<void>;
}

export function erasureActivities(pool: Pool, temporal: TemporalClient): ErasureActivities {
  return {
    async endRuns(erasure) {
      const task = await erasureTask(pool, erasure);
      if (!task) return null;
      const { account, inbox, conversation } = task;
      if (inbox !== undefined && conversation !== undefined) {
        await temporal.end(workflowId({ account, inbox, conversation }));
        return null; // it has one run, and that is known by name
      }
      let ended = 0;
      for await (const run of temporal.executionsOf(task, 'running')) {
        if (await temporal.end(run.workflowId)) ended += 1;
        await breathe();
      }
      return ended;
    },
    deleteRows: (erasure) => deleteAll(pool, erasure),
    async deleteRuns(erasure) {
      const task = await erasureTask(pool, erasure);
      if (!task) return 0;
      let listed = 0;
      for await (const run of temporal.executionsOf(task, 'ended')) {
        listed += 1;
        await temporal.deleteRun(run);
        await breathe();
      }
      // A rollout that runs may hold the name of a conversation that it has told: it is deleted once it has ended.
      const { account, inbox } = task;
      if (inbox !== undefined && (await temporal.isRollingOut({ account, inbox }))) listed += 1;
      await countWorkflows(pool, erasure, listed);
      return listed;
    },
    async finishErasure(erasure) {
      await deleteAll(pool, erasure); // what was written since
      await endErasure(pool, erasure);
    },
  };
}

async function deleteAll(pool: Pool, erasure: string): Promise<number> {
  for (let gone = 0; ;) {
    const piece = await eraseRows(pool, erasure, PIECE);
    if (piece === 0) return gone;
    gone += piece;
    heartbeat();
    await sleep(PAUSE_MS);
  }
}

async function breathe(): Promise<void> {
  heartbeat();
  await sleep(1_000 / PER_SECOND);
}
