import * as wf from '@temporalio/workflow';
import type { Activities } from '../activities';
import { EVENT_TYPES, type Event } from '../src/domain/events';
import { toRecord, type ConversationRecord } from '../src/domain/record';
import * as contract from '../src/temporal/contract';
import { Alarm } from './alarm';
import { card, explanation } from './card';
import { EXAMPLES } from './examples';
import {
  advance,
  begin,
  digestOf,
  draft,
  rebase,
  writeOf,
  type RunState,
  type Drafted,
} from '../src/domain/ledger';
import { readAnyEvent, readEvent, type Received } from './received';
import { showInSearch } from './search-attributes';
import { isKey, type ConversationKey } from '../src/domain/key';

/** Never gives up: what was accepted is written once the database is back. Long waits are timers, not held tasks. */
const PATIENT: wf.LocalActivityOptions = {
  startToCloseTimeout: '10s',
  retry: { initialInterval: '100ms', backoffCoefficient: 2, maximumInterval: '15s' },
  localRetryThreshold: '3s',
};
const { load } = wf.proxyLocalActivities<Activities>({ ...PATIENT, summary: 'load the conversation' });
const { persist } = wf.proxyLocalActivities<Activities>({ ...PATIENT, summary: 'write decisions' });
const { recall } = wf.proxyLocalActivities<Activities>({ ...PATIENT, summary: 'recall a decision' });

const MOST_PER_WRITE = 100;
const QUIET = '1s';

interface PendingDecision {
  event: Event;
  /** a client's update waits for the answer */
  asked?: true;
  answer?: contract.Answer;
}

/** What a rested conversation leaves in its last run: enough to rebuild its row from. */
export type Rested = Pick<RunState, 'state' | 'seq' | 'settings_version'>;

/**
 * One conversation, for as long as it lives. Signals queue, one loop decides, persists and publishes; closed with
 * nothing pending it rests, and the next event starts it again from its row.
 */
export async function conversation(
  key: ConversationKey,
  fromLastRun?: RunState & { dropped: number },
): Promise<Rested> {
  // Anybody may start one, and with whatever: only a run before this one is believed.
  const lastRun = wf.workflowInfo().continuedFromExecutionRunId ? fromLastRun : undefined;
  const queue: PendingDecision[] = [];
  const alarm = new Alarm();
  let held: RunState | undefined = lastRun;
  let outdated = lastRun !== undefined; // by a build, it may be, that did not know all the settings there are now
  let dropped = lastRun?.dropped ?? 0;
  let suggestedAt = Infinity;
  let answering = false;
  let settledAt = wf.workflowInfo().startTime.getTime(); // of this run; `runStartTime` is its first task's

  // First: what arrived before the run began is handed over at once, all of it in order to this one. Any other handler set
  // before it would be handed those of its own name, ahead of those that came earlier.
  wf.setDefaultSignalHandler(handleSignal);
  for (const type of EVENT_TYPES) {
    const handle = (payload: unknown) => handleSignal(type, payload);
    wf.setHandler(wf.defineSignal<[unknown]>(type), handle, { description: EXAMPLES[type] });
  }
  wf.setHandler(wf.defineSignal(contract.RELOAD_SIGNAL), () => handleSignal(contract.RELOAD_SIGNAL), {
    description:
      'The database knows something newer: other settings, or a restored row. Sent by the service itself; no payload.',
  });
  wf.setHandler(wf.defineUpdate<contract.Answer, [unknown]>(contract.DECIDE_UPDATE), decideEvent, {
    validator: (payload) => void understood(readAnyEvent(payload, Date.now())),
    description: `Decides any event and answers once it is written. Example: ${EXAMPLES.close}`,
  });
  wf.setHandler(wf.defineQuery<ConversationRecord>(contract.QUERIES.conversation), () => record(ready()), {
    description: 'The conversation as it is now',
  });
  wf.setHandler(
    wf.defineQuery<contract.Explanation>(contract.QUERIES.explain),
    () => explanation(ready(), dropped, queue.length),
    { description: 'What happens next and when, and which decision led here' },
  );

  assertInput(key);
  // A request to cancel would end it between a decision and its being written; to stop one for good, terminate it.
  return wf.CancellationScope.nonCancellable(live);

  async function live(): Promise<Rested> {
    held ??= begin(key, await load(key), Date.now());
    for (;;) {
      publish(held);
      await wf.condition(() => hasWork() || mustRest() || isOver() || alarm.rang(ready().state.next));
      if (hasWork()) held = await settle(held, queue.splice(0, MOST_PER_WRITE));
      else if (mustRest() && (await answersAreOut())) return rested(held);
      else if (isOver() && (await quiet())) await handOver(held);
    }
  }

  function handleSignal(name: string, payload?: unknown): void {
    const type = EVENT_TYPES.find((t) => t === name);
    if (name === contract.RELOAD_SIGNAL) outdated = true;
    else if (type) receive(name, readEvent(type, payload, Date.now()));
    else receive(name, { problem: 'is not a signal of a conversation' });
  }

  function receive(signal: string, received: Received): void {
    if ('event' in received) return void queue.push(received);
    dropped += 1;
    wf.log.warn('event dropped', { signal, problem: received.problem, dropped });
  }

  async function decideEvent(payload: unknown): Promise<contract.Answer> {
    const pending: PendingDecision = { event: understood(readAnyEvent(payload, Date.now())), asked: true };
    queue.push(pending);
    await wf.condition(() => pending.answer !== undefined);
    answering = true;
    return pending.answer as contract.Answer;
  }

  /** Decides, writes, and looks again for as long as the database knows something these events were not decided on. */
  async function settle(from: RunState, batch: PendingDecision[]): Promise<RunState> {
    let state = outdated ? await refreshed(from) : from;
    for (;;) {
      const fresh = firstOfEach(state, batch);
      const drafted = draft(
        key,
        state,
        fresh.map((p) => p.event),
        Date.now(),
      );
      if (drafted.length === 0) return answerRest(state, batch);
      const digest = digestOf(drafted);
      const result = await persist(writeOf(key, state, drafted), digest);
      if (result.written) {
        assertSame(digest, result.digest);
        settledAt = Date.now();
        answer(drafted, batch);
        return answerRest(advance(state, drafted), batch);
      }
      await answerLost(result.known, batch);
      state = rebase(key, state, result, result.known, Date.now());
    }
  }

  async function refreshed(from: RunState): Promise<RunState> {
    outdated = false;
    return rebase(key, from, await load(key), [], Date.now());
  }

  function answer(drafted: Drafted[], batch: PendingDecision[]): void {
    for (const { event, step, state } of drafted) {
      const pending = batch.find((p) => p.event === event);
      if (pending) pending.answer = contract.answerOf(event.id, step.entry, toRecord(key.inbox, state));
    }
  }

  /**
   * An event that this run does not remember deciding, though it was written since the last one it remembers, was decided by this
   * run: the write landed, and word of it was lost with the connection or with the worker. Its answer is still owed.
   */
  async function answerLost(known: string[], batch: PendingDecision[]): Promise<void> {
    for (const id of known) {
      const pending = batch.find((p) => p.event.id === id);
      if (!pending?.asked) continue;
      const decided = await recall(key, id);
      if (decided && Date.parse(decided.at) >= settledAt)
        pending.answer = contract.answerOf(id, decided, decided.conversation);
    }
  }

  /** Whoever has no answer by now sent an id that is known. */
  function answerRest(state: RunState, batch: PendingDecision[]): RunState {
    for (const pending of batch) {
      pending.answer ??= {
        event: pending.event.id,
        verdict: 'ignored',
        reason: 'duplicate',
        conversation: record(state),
      };
    }
    return state;
  }

  function publish({ state, recent }: RunState): void {
    alarm.set(state.next);
    showInSearch(key, state.status);
    wf.setCurrentDetails(card(state, recent, dropped));
  }

  function hasWork(): boolean {
    const { next } = ready().state;
    return queue.length > 0 || outdated || (next !== null && next.due_at <= Date.now());
  }

  /** Nothing to do and nothing to wait for. */
  function mustRest(): boolean {
    const { status, next } = ready().state;
    return (status === 'closed' || status === 'not_contacted') && next === null && wf.allHandlersFinished();
  }

  /**
   * Temporal refuses a task that ends the run when an event has come meanwhile, and with it the answers to updates in the same
   * task. So the end waits for another task.
   */
  async function answersAreOut(): Promise<boolean> {
    if (!answering) return true;
    answering = false;
    let over = false;
    void wf.sleep(QUIET, { summary: 'answers go out before the end' }).then(() => (over = true));
    await wf.condition(() => over || queue.length > 0 || outdated);
    return false;
  }

  /** The history is long, or another build is the current one. */
  function isOver(): boolean {
    return wf.workflowInfo().continueAsNewSuggested || isOutmoded();
  }

  /** The next run begins in a quiet moment, so that no sender waits for it; under steady events at twice the length. */
  async function quiet(): Promise<boolean> {
    const { historyLength } = wf.workflowInfo();
    suggestedAt = Math.min(suggestedAt, historyLength);
    if (historyLength >= 2 * suggestedAt) return true;
    return !(await wf.condition(() => queue.length > 0 || outdated, QUIET, {
      summary: 'quiet before a new run',
    }));
  }

  async function handOver(now: RunState): Promise<void> {
    await wf.condition(wf.allHandlersFinished);
    if (queue.length > 0) return;
    const onward = wf.makeContinueAsNewFunc<typeof conversation>(
      isOutmoded() ? { initialVersioningBehavior: 'AUTO_UPGRADE' } : {},
    );
    await onward(key, { ...now, dropped });
  }

  function ready(): RunState {
    if (!held) throw new wf.ApplicationFailure('the conversation is being loaded', 'Loading');
    return held;
  }

  function record({ state }: RunState): ConversationRecord {
    return toRecord(key.inbox, state);
  }
}

/** Two workflows for one conversation would be two truths: the id must be the input's. */
function assertInput(key: unknown): void {
  if (isKey(key) && contract.workflowId(key) === wf.workflowInfo().workflowId) return;
  const problem =
    'input must be {account, inbox, conversation}, and the workflow id conversation/<account>/<inbox>/<conversation>';
  throw wf.ApplicationFailure.nonRetryable(problem, 'InvalidInput');
}

/**
 * What a replay decides must be what was written. Otherwise the rules of this build are not those that the history was made
 * with, and the state would quietly be another one than the row: the task fails until a worker with the right build takes it.
 */
function assertSame(decided: string, written: string): void {
  if (decided === written) return;
  throw new Error(
    'decided otherwise than was written: the rules have changed; see docs/changing-the-workflow.md',
  );
}

function understood(received: Received): Event {
  if ('problem' in received) throw wf.ApplicationFailure.nonRetryable(received.problem, 'InvalidEvent');
  return received.event;
}

/** Only with versioned workers: the run is pinned to its build, and the next run goes to the current one. */
function isOutmoded(): boolean {
  return wf.workflowInfo().targetWorkerDeploymentVersionChanged;
}

/** Of the batch, the events whose id was not decided before, each id once. */
function firstOfEach(held: RunState, batch: PendingDecision[]): PendingDecision[] {
  return batch.filter(
    ({ event }, i) =>
      !held.recent_ids.includes(event.id) && batch.findIndex((other) => other.event.id === event.id) === i,
  );
}

function rested({ state, seq, settings_version }: RunState): Rested {
  return { state, seq, settings_version };
}
