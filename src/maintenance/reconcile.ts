/** Compares rows and workflows after one of the stores was restored from a backup. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import { rowsNeedingWorkflow, rowStates, writtenAs, type RowState } from '../db/reconcile';
import { loadConversations, writeDecisions } from '../db/writes';
import type { TemporalClient } from '../temporal/client';
import { workflowId, type Rested } from '../temporal/contract';
import { draft, writeOf, type RunState } from '../domain/ledger';
import type { Event } from '../domain/events';
import type { ConversationKey } from '../domain/key';
import { undecided, unheard } from './unheard';

/** How a conversation's workflow and its row differ. */
export interface Finding extends ConversationKey {
  /**
   * - `asleep`: the row needs a running workflow, and none runs
   * - `row_behind`: the workflow has decided more than the row shows (the database was restored from an older
   * backup)
   * - `row_ahead`: the row shows more than the workflow knows (Temporal was restored from an older backup)
   * - `forked`: a workflow that came to rest had made decisions that the timeline does not have, and the row
   * has other decisions since
   * - `stuck`: a workflow runs that does not answer
   * - `unwritten`: a workflow runs and answers, and the database refuses what it decided
   * - `unheard`: a workflow was terminated or timed out with events that were never decided
   */
  kind: 'asleep' | 'row_behind' | 'row_ahead' | 'forked' | 'stuck' | 'unwritten' | 'unheard';
  /** of an `unheard` one, in their order */
  events?: Event[];
  /** why it is `unwritten` */
  problem?: string;
  row_seq: number | null;
  workflow_seq: number | null;
}

export interface Stores {
  pool: Pool;
  temporal: TemporalClient;
}

export interface ReconcileOptions {
  /** only names what it finds */
  dryRun: boolean;
  /** conversations that came to rest after this moment are compared too */
  since: Date;
  tell: (line: string) => void;
}

/** No worker polls, so no workflow could answer or be mended. */
export class NoWorkerError extends Error {
  override readonly name = 'NoWorkerError';

  constructor() {
    super('No worker polls for tasks: start one (npm run worker), then try again');
  }
}

const PAGE = 500;
const AT_ONCE = 10;
/**
 * A difference counts only if nothing of it has changed meanwhile: on a live system one side is always a
 * moment ahead.
 */
const LOOK_AGAIN_MS = 1_500;
const LOOKS = 4;
const MENDED_WITHIN_MS = 15_000;
/**
 * Resets a run that cannot go on. It starts again from its row and decides the events that were signalled to
 * it.
 */
const RESET = { reason: 'npm run reconcile', onlyOlder: false };

/**
 * Names every difference. Unless it is a dry run, mends it and checks that it is gone.
 *
 * @returns how many were found, and how many are still there: all of them after a dry run
 * @throws NoWorkerError when no worker runs
 */
export async function reconcileAll(
  stores: Stores,
  { dryRun, since, tell }: ReconcileOptions,
): Promise<{ found: number; left: number }> {
  if (!(await stores.temporal.isPolled(Date.now()))) throw new NoWorkerError();
  let [found, left] = [0, 0];
  for await (const finding of differences(stores, since)) {
    found += 1;
    const outcome = dryRun ? 'not changed' : await mended(stores, finding);
    if (outcome !== 'mended') left += 1;
    tell(`${inWords(finding)}: ${outcome}`);
  }
  return { found, left };
}

function inWords(finding: Finding): string {
  const { kind, account, inbox, conversation, row_seq, workflow_seq, events, problem } = finding;
  const at = (seq: number | null, none: string) => (seq === null ? none : `at ${seq}`);
  const name = `${kind} ${account}/${inbox}/${conversation}`;
  if (events) return `${name}: ${events.length} events that a run was given were never decided`;
  if (problem !== undefined) return `${name}: ${problem.replace(/\s+/g, ' ')}`;
  return `${name}: row ${at(row_seq, 'missing')}, workflow ${at(workflow_seq, 'silent')}`;
}

/** Each conversation with a difference once, although several passes find it. */
async function* differences(stores: Stores, since: Date): AsyncGenerator<Finding> {
  const named = new Set<string>();
  for await (const finding of everyDifference(stores, since)) {
    const name = workflowId(finding);
    if (!named.has(name)) yield finding;
    named.add(name);
  }
}

async function* everyDifference(stores: Stores, since: Date): AsyncGenerator<Finding> {
  const { temporal } = stores;
  for await (const { key, events } of unheard(stores)) {
    yield { ...key, kind: 'unheard', row_seq: null, workflow_seq: null, events };
  }
  const running = new Set<string>();
  for await (const keys of pages(temporal.running())) {
    for (const key of keys) running.add(workflowId(key));
    yield* compared(stores, keys);
  }
  for await (const keys of pages(keysOf(temporal.rested(since)))) {
    yield* compared(
      stores,
      keys.filter((key) => !running.has(workflowId(key))),
    );
  }
  yield* forks(stores, since);
  yield* asleep(stores, running);
}

/** Makes row and workflow equal again. Nothing is overwritten: the timeline names what it lacks. */
async function mended(stores: Stores, finding: Finding): Promise<string> {
  const { kind, account, inbox, conversation } = finding;
  const key = { account, inbox, conversation };
  if (kind === 'forked') return 'not mended: what it had decided is in its history in Temporal alone';
  if (kind === 'unheard') return sentAgain(stores, key, finding.events ?? []);
  if (kind === 'asleep') await stores.temporal.wake(key);
  else if (kind === 'stuck') await stores.temporal.reset(workflowId(key), RESET);
  else {
    if (kind === 'row_behind') await writeRested(stores, key);
    await stores.temporal.reload(key);
  }
  for (const end = Date.now() + MENDED_WITHIN_MS; Date.now() < end; await sleep(200)) {
    if (!(await look(stores, key)) && (await isThere(stores.pool, finding))) return 'mended';
  }
  return finding.problem === undefined ? 'not mended yet' : 'not mended: the database refuses it';
}

/** Sends them in their first order. Events that were decided meanwhile are known by their ids. */
async function sentAgain({ pool, temporal }: Stores, key: ConversationKey, events: Event[]): Promise<string> {
  for (const event of events) await temporal.signal(key, event);
  for (const end = Date.now() + MENDED_WITHIN_MS; Date.now() < end; await sleep(200)) {
    if ((await undecided(pool, key, events)).length === 0) return 'mended';
  }
  return 'not mended yet';
}

/**
 * It is not enough that they agree: the row must have at least as many decisions as the one that was ahead.
 */
async function isThere(pool: Pool, finding: Finding): Promise<boolean> {
  const [row] = await rowStates(pool, [finding]);
  return (row?.seq ?? 0) >= Math.max(finding.row_seq ?? 0, finding.workflow_seq ?? 0);
}

/**
 * Writes what a resting workflow had decided over the older row, as the workflow itself would if it ran: a
 * new run starts from its row only. The fence checks it like every write; if a run has begun meanwhile, one
 * of the two writes is first.
 */
async function writeRested({ pool, temporal }: Stores, key: ConversationKey): Promise<void> {
  const rested = await temporal.stateOf(key);
  if (rested.is !== 'rested') return;
  const held = await carriedFrom(pool, key, rested);
  const drafted = draft(key, held, [], Date.now());
  if (drafted.length > 0) await writeDecisions(pool, [writeOf(key, held, drafted)]);
}

async function* compared(stores: Stores, keys: ConversationKey[]): AsyncGenerator<Finding> {
  for (let i = 0; i < keys.length; i += AT_ONCE) {
    const found = await Promise.all(keys.slice(i, i + AT_ONCE).map((key) => lasting(stores, key)));
    for (const finding of found) if (finding) yield finding;
  }
}

/** Compares until there is no difference, or the same one twice. */
async function lasting(stores: Stores, key: ConversationKey): Promise<Finding | null> {
  let last: Finding | null = null;
  for (let looks = 0; looks < LOOKS; looks += 1) {
    if (looks > 0) await sleep(LOOK_AGAIN_MS);
    const now = await look(stores, key);
    if (!now) return null;
    if (last && now.row_seq === last.row_seq && now.workflow_seq === last.workflow_seq) return now;
    last = now;
  }
  return null; // it moves, so it lives; what is wrong for good is found by the next run
}

/** The workflow is asked first: a row that was written meanwhile is ahead, never behind. */
async function look({ pool, temporal }: Stores, key: ConversationKey): Promise<Finding | null> {
  const workflow = await temporal.stateOf(key);
  const [row] = await rowStates(pool, [key]);
  const row_seq = row?.seq ?? null;
  if (workflow.is === 'none') {
    return row?.needs_workflow ? { ...key, row_seq, workflow_seq: null, kind: 'asleep' } : null;
  }
  if (workflow.is === 'silent') return { ...key, row_seq, workflow_seq: null, kind: 'stuck' };
  const found = { ...key, row_seq, workflow_seq: workflow.seq };
  if (workflow.is === 'running' && workflow.unwritten)
    return { ...found, kind: 'unwritten', problem: workflow.unwritten.problem };
  if ((row_seq ?? 0) < workflow.seq) return { ...found, kind: 'row_behind' };
  if ((row_seq ?? 0) > workflow.seq) return { ...found, kind: 'row_ahead' };
  return null;
}

/**
 * The result of a resting workflow must be in the timeline. Else the timeline came back from an older backup,
 * and events have been decided on top of that since. Nothing else would notice it.
 */
async function* forks({ pool, temporal }: Stores, since: Date): AsyncGenerator<Finding> {
  for await (const { key, runId } of temporal.rested(since)) {
    const { state, seq } = (await temporal.leftBy(key, runId)) ?? {};
    if (!state || !seq || state.version === 0) continue;
    const [row] = await rowStates(pool, [key]);
    if (!row || row.seq < seq || (await writtenAs(pool, key, state.version, state.updated_at))) continue;
    yield { ...key, kind: 'forked', row_seq: row.seq, workflow_seq: seq };
  }
}

/** Rows that need a workflow of which Temporal knows nothing, or one that came to rest or was ended too early. */
async function* asleep(stores: Stores, running: Set<string>): AsyncGenerator<Finding> {
  let after: RowState | null = null;
  for (;;) {
    const rows: RowState[] = await rowsNeedingWorkflow(stores.pool, after, PAGE);
    const suspects = rows.filter((row) => !running.has(workflowId(row)));
    for (const { account, inbox, conversation } of suspects) {
      const finding = await lasting(stores, { account, inbox, conversation });
      if (finding) yield finding;
    }
    after = rows.at(-1) ?? null;
    if (rows.length < PAGE) return;
  }
}

async function* keysOf(runs: AsyncIterable<{ key: ConversationKey }>): AsyncGenerator<ConversationKey> {
  for await (const { key } of runs) yield key;
}

/** Each conversation once a page, although several of its runs may be listed. */
async function* pages(keys: AsyncIterable<ConversationKey>): AsyncGenerator<ConversationKey[]> {
  let page = new Map<string, ConversationKey>();
  for await (const key of keys) {
    page.set(workflowId(key), key);
    if (page.size < PAGE) continue;
    yield [...page.values()];
    page = new Map();
  }
  yield [...page.values()];
}

async function carriedFrom(pool: Pool, key: ConversationKey, rested: Rested): Promise<RunState> {
  const [loaded] = await loadConversations(pool, [key]);
  if (!loaded) throw new Error('a load answers for every key');
  const { row, settings, settings_version } = loaded;
  const { state, seq } = rested;
  return {
    ...{ state, seq },
    row_seq: row?.seq ?? 0,
    settings,
    settings_version,
    decided_under: rested.settings_version,
    recent_ids: [],
    recent: [],
  };
}
