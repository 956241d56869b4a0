/**
 * Many conversations that wait for a timer, each with its row and its running workflow; and bare workflows
 * that wait in the same way.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { CONVERSATION_WORKFLOW, TASK_QUEUE, workflowId } from '../../src/temporal/contract';
import { COUNTING_QUEUE, WAITING_WORKFLOW } from '../bare';
import type { Setup } from '../setup';
import { untilIdle } from './counting';
import { names } from './load';

const STARTS_AT_ONCE = 50;
const ASK_EVERY_MS = 250;

/** A due time for a population that only has to wait, in epoch milliseconds. */
export const farAhead = () => Date.now() + 100 * 86_400_000;

export interface Population {
  workflowIds: string[];
  /** how long starting one took, in milliseconds; the next population begins so much earlier */
  msEach: number;
}

/**
 * Writes rows of conversations that are snoozed until `until`; then starts their workflows, which load them
 * and set the timer.
 */
export async function snoozed(
  setup: Setup,
  prefix: string,
  count: number,
  until: number,
): Promise<Population> {
  const { pool, inbox, client } = setup;
  const conversations = names(prefix, count);
  const due_at = new Date(until).toISOString();
  await pool.query(
    `INSERT INTO conversations (account, inbox, conversation, status, version, seq, settings_version, episode,
       started_at, last_activity_at, snoozed_until, next)
     SELECT 'default', $1, unnest($2::text[]), 'new', 1, 1, 1, 1, now(), now(), $3::text::timestamptz,
       jsonb_build_object('timer', 'snooze', 'due_at', $3::text)`,
    [inbox, conversations, due_at],
  );
  const keys = conversations.map((conversation) => ({ account: 'default', inbox, conversation }));
  const began = Date.now();
  await atOnce(keys, (key) =>
    client.workflow.start(CONVERSATION_WORKFLOW, {
      ...{ workflowId: workflowId(key), taskQueue: TASK_QUEUE, args: [key] },
    }),
  );
  return idle(setup, keys.map(workflowId), began);
}

export async function waiting(
  setup: Setup,
  prefix: string,
  count: number,
  until: number,
): Promise<Population> {
  const ids = names(prefix, count);
  const began = Date.now();
  await atOnce(ids, (id) =>
    setup.client.workflow.start(WAITING_WORKFLOW, {
      workflowId: id,
      taskQueue: COUNTING_QUEUE,
      args: [until],
    }),
  );
  return idle(setup, ids, began);
}

async function idle({ client }: Setup, workflowIds: string[], began: number): Promise<Population> {
  await untilIdle(client, workflowIds.slice(-STARTS_AT_ONCE));
  return { workflowIds, msEach: (Date.now() - began) / workflowIds.length };
}

async function atOnce<T>(items: T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const queue = [...items];
  const loop = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: STARTS_AT_ONCE }, loop));
}

/** Waits until none of the conversations is snoozed any more. @returns when, in epoch milliseconds */
export async function untilAwake({ pool, inbox }: Setup, prefix: string): Promise<number> {
  for (;;) {
    const { rows } = await pool.query<{ any: boolean }>(
      `SELECT EXISTS (SELECT FROM conversations
       WHERE account = 'default' AND inbox = $1 AND snoozed_until IS NOT NULL AND starts_with(conversation, $2)) AS any`,
      [inbox, prefix],
    );
    if (!rows[0]?.any) return Date.now();
    await sleep(ASK_EVERY_MS);
  }
}
