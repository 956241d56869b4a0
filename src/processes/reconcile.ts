import type { Client } from '@temporalio/client';
import type { Pool } from 'pg';
import { rowsNeedingWorkflow, rowStates, type RowState } from '../db/reconcile';
import { loadConversations } from '../db/writes';
import * as contract from '../temporal/contract';
import type { Carried } from '../../workflows/ledger';
import type { Rested } from '../../workflows/conversation';
import { wake } from './sweep';

/** What does not agree between a conversation's workflow and its row. */
export interface Finding extends contract.ConversationKey {
  /**
   * - `asleep`: the row needs a running workflow, and none runs
   * - `row_behind`: the workflow has decided more than the row shows (the database was restored from an older backup)
   * - `row_ahead`: the row shows more than the workflow knows (Temporal was restored from an older backup)
   * - `stuck`: a workflow runs that does not answer
   */
  kind: 'asleep' | 'row_behind' | 'row_ahead' | 'stuck';
  row_seq: number | null;
  workflow_seq: number | null;
}

export interface Stores {
  pool: Pool;
  client: Client;
}

const PAGE = 500;
const AT_ONCE = 10;
const ANSWER_MS = 5_000;

/**
 * Finds every conversation whose workflow and row disagree.
 *
 * @param since workflows that rested after this moment are compared too
 * @throws where Temporal or the database cannot be asked
 */
export async function* differences(stores: Stores, since: Date): AsyncGenerator<Finding> {
  const running = new Set<string>();
  for await (const keys of pages(workflows(stores.client, `ExecutionStatus = 'Running'`))) {
    for (const key of keys) running.add(contract.workflowId(key));
    yield* compare(stores, keys, answered);
  }
  const rested = workflows(
    stores.client,
    `ExecutionStatus = 'Completed' AND CloseTime > '${since.toISOString()}'`,
  );
  for await (const keys of pages(rested)) {
    const still = keys.filter((key) => !running.has(contract.workflowId(key)));
    yield* compare(stores, still, resultSeq);
  }
  yield* asleep(stores, running);
}

/** Brings row and workflow together again. Nothing is overwritten: what the timeline lacks is named in it. */
export async function mend({ pool, client }: Stores, finding: Finding): Promise<void> {
  const { account, inbox, conversation } = finding;
  const key = { account, inbox, conversation };
  if (finding.kind === 'asleep') {
    await wake(client, key);
    return;
  }
  const rested = finding.kind === 'row_behind' ? await restedState(client, key) : null;
  const carried = rested && (await carriedFrom(pool, key, rested));
  await client.workflow.signalWithStart(contract.CONVERSATION_WORKFLOW, {
    workflowId: contract.workflowId(key),
    taskQueue: contract.TASK_QUEUE,
    args: carried ? [key, carried] : [key],
    signal: contract.RELOAD_SIGNAL,
  });
}

async function* asleep({ pool, client }: Stores, running: Set<string>): AsyncGenerator<Finding> {
  let after: RowState | null = null;
  for (;;) {
    const rows: RowState[] = await rowsNeedingWorkflow(pool, after, PAGE);
    for (const { account, inbox, conversation, seq } of rows) {
      const key = { account, inbox, conversation };
      if (running.has(contract.workflowId(key)) || (await isRunning(client, key))) continue;
      yield { ...key, kind: 'asleep', row_seq: seq, workflow_seq: null };
    }
    after = rows.at(-1) ?? null;
    if (rows.length < PAGE) return;
  }
}

async function* compare(
  { pool, client }: Stores,
  keys: contract.ConversationKey[],
  seqOf: (client: Client, key: contract.ConversationKey) => Promise<number | null>,
): AsyncGenerator<Finding> {
  const rows = new Map((await rowStates(pool, keys)).map((row) => [contract.workflowId(row), row.seq]));
  for (let i = 0; i < keys.length; i += AT_ONCE) {
    const some = keys.slice(i, i + AT_ONCE);
    const seqs = await Promise.all(some.map((key) => seqOf(client, key)));
    for (const [n, key] of some.entries()) {
      const finding = difference(key, rows.get(contract.workflowId(key)) ?? null, seqs[n] ?? null);
      if (finding) yield finding;
    }
  }
}

function difference(
  key: contract.ConversationKey,
  row_seq: number | null,
  workflow_seq: number | null,
): Finding | null {
  const found = { ...key, row_seq, workflow_seq };
  if (workflow_seq === null) return { ...found, kind: 'stuck' };
  if ((row_seq ?? 0) < workflow_seq) return { ...found, kind: 'row_behind' };
  if ((row_seq ?? 0) > workflow_seq) return { ...found, kind: 'row_ahead' };
  return null;
}

async function* workflows(client: Client, status: string): AsyncGenerator<contract.ConversationKey> {
  const query = `WorkflowType = '${contract.CONVERSATION_WORKFLOW}' AND ${status}`;
  for await (const { workflowId } of client.workflow.list({ query, pageSize: PAGE })) {
    const key = contract.keyOf(workflowId);
    if (key) yield key;
  }
}

/** Each conversation once a page, though several of its runs may be listed. */
async function* pages(
  keys: AsyncIterable<contract.ConversationKey>,
): AsyncGenerator<contract.ConversationKey[]> {
  let page = new Map<string, contract.ConversationKey>();
  for await (const key of keys) {
    page.set(contract.workflowId(key), key);
    if (page.size < PAGE) continue;
    yield [...page.values()];
    page = new Map();
  }
  yield [...page.values()];
}

/** @returns what the running workflow has decided so far; null where it does not answer */
async function answered(client: Client, key: contract.ConversationKey): Promise<number | null> {
  const handle = client.workflow.getHandle(contract.workflowId(key));
  try {
    const explain = () => handle.query<contract.Explanation>(contract.QUERIES.explain);
    return (await client.withDeadline(Date.now() + ANSWER_MS, explain)).seq;
  } catch {
    return null;
  }
}

async function resultSeq(client: Client, key: contract.ConversationKey): Promise<number> {
  return (await restedState(client, key))?.seq ?? 0;
}

/** @returns what the last run left, where it is at rest */
async function restedState(client: Client, key: contract.ConversationKey): Promise<Rested | null> {
  const handle = client.workflow.getHandle(contract.workflowId(key));
  const { status } = await handle.describe();
  return status.name === 'COMPLETED' ? ((await handle.result()) as Rested) : null;
}

async function carriedFrom(
  pool: Pool,
  key: contract.ConversationKey,
  rested: Rested,
): Promise<Carried & { dropped: number }> {
  const [loaded] = await loadConversations(pool, [key]);
  if (!loaded) throw new Error('a load answers for every key');
  const { row, settings, settings_version } = loaded;
  return {
    ...rested,
    row_seq: row?.seq ?? 0,
    settings,
    settings_version,
    decided_under: rested.settings_version,
    recent_ids: [],
    recent: [],
    dropped: 0,
  };
}

async function isRunning(client: Client, key: contract.ConversationKey): Promise<boolean> {
  try {
    return (await client.workflow.getHandle(contract.workflowId(key)).describe()).status.name === 'RUNNING';
  } catch {
    return false;
  }
}
