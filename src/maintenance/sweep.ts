import { WorkflowExecutionAlreadyStartedError, type Client } from '@temporalio/client';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { overdueRows } from '../db/reconcile';
import { unfinishedRollouts } from '../db/rollouts';
import * as contract from '../temporal/contract';
import type { ConversationKey } from '../domain/key';

const EVERY_MS = 60_000;
const OVERDUE_SECONDS = 60;
const AT_ONCE = 1000;

/**
 * Wakes what should be awake: conversations whose timer is overdue (their workflow was lost to a restore, or terminated by
 * hand), and rollouts of settings that were stored while Temporal was away. At start, then once a minute.
 *
 * @returns a function that stops it
 */
export function startSweep(deps: { pool: Pool; client: Client; logger: Logger }): () => Promise<void> {
  let running: Promise<void> = Promise.resolve();
  const run = () => (running = running.then(() => sweepOnce(deps)));
  void run();
  const timer = setInterval(() => void run(), EVERY_MS).unref();
  return () => {
    clearInterval(timer);
    return running;
  };
}

async function sweepOnce({
  pool,
  client,
  logger,
}: {
  pool: Pool;
  client: Client;
  logger: Logger;
}): Promise<void> {
  try {
    const overdue = await overdueRows(pool, OVERDUE_SECONDS, AT_ONCE);
    let woken = 0;
    for (const { account, inbox, conversation } of overdue) {
      if (await wake(client, { account, inbox, conversation })) woken += 1;
    }
    const rollouts = await unfinishedRollouts(pool);
    for (const inbox of rollouts) await resumeRollout(client, inbox);
    if (overdue.length + rollouts.length > 0) {
      logger.info({ overdue: overdue.length, woken, rollouts: rollouts.length }, 'sweep');
    }
  } catch (error) {
    logger.warn({ err: error }, 'sweep failed; the next one will try again');
  }
}

/** @returns false where it was awake already: late, but coming */
export function wake(client: Client, key: ConversationKey): Promise<boolean> {
  return startUnlessRunning(client, contract.CONVERSATION_WORKFLOW, contract.workflowId(key), key);
}

function resumeRollout(client: Client, input: contract.RolloutInput): Promise<boolean> {
  return startUnlessRunning(
    client,
    contract.SETTINGS_ROLLOUT_WORKFLOW,
    contract.rolloutWorkflowId(input),
    input,
  );
}

async function startUnlessRunning(
  client: Client,
  type: string,
  workflowId: string,
  input: object,
): Promise<boolean> {
  try {
    await client.workflow.start(type, { workflowId, taskQueue: contract.TASK_QUEUE, args: [input] });
    return true;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return false;
    throw error;
  }
}
