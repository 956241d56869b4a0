import * as wf from '@temporalio/workflow';
import type { Activities } from '../activities';
import { EVENT_TYPES, type Event } from '../src/domain/events';
import type { ConversationKey } from '../src/domain/key';
import { advance, begin, digestOf, draft, rebase, writeOf, type RunState } from '../src/domain/ledger';
import { toRecord, type ConversationRecord } from '../src/domain/record';
import { answerOf, reloadSignal, type Answer, type Explanation, type Rested } from '../src/temporal/contract';
import { Alarm } from './alarm';
import { card, explanation } from './card';
import { answerDecided, answerRest, firstOfEach, type PendingDecision } from './pending';
import { readAnyEvent, readEvent, type Received } from './received';
import { showInSearch } from './search-attributes';

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

/** What a run hands to the next. */
export type Carried = RunState & { dropped: number };

/** One run of a conversation's workflow: what waits, what is known, and the loop that decides. */
export class ConversationRun {
  private readonly queue: PendingDecision[] = [];
  private readonly alarm = new Alarm();
  private held: RunState | undefined;
  /** whether the database knows something newer: for a run that follows another, settings that its build did not know */
  private outdated: boolean;
  private dropped: number;
  private suggestedAt = Infinity;
  private answering = false;
  /** when this run last wrote; `startTime` is of this run, `runStartTime` its first task's */
  private settledAt = wf.workflowInfo().startTime.getTime();

  constructor(
    private readonly key: ConversationKey,
    lastRun: Carried | undefined,
  ) {
    this.held = lastRun;
    this.outdated = lastRun !== undefined;
    this.dropped = lastRun?.dropped ?? 0;
  }

  receive(signal: string, payload?: unknown): void {
    const type = EVENT_TYPES.find((t) => t === signal);
    if (signal === reloadSignal.name) this.outdated = true;
    else if (type) this.enqueue(signal, readEvent(type, payload, Date.now()));
    else this.enqueue(signal, { problem: 'is not a signal of a conversation' });
  }

  validate(payload: unknown): void {
    understood(readAnyEvent(payload, Date.now()));
  }

  async decide(payload: unknown): Promise<Answer> {
    const pending: PendingDecision = { event: understood(readAnyEvent(payload, Date.now())), asked: true };
    this.queue.push(pending);
    await wf.condition(() => pending.answer !== undefined);
    this.answering = true;
    return pending.answer as Answer;
  }

  record(): ConversationRecord {
    return toRecord(this.key.inbox, this.ready().state);
  }

  explain(): Explanation {
    return explanation(this.ready(), this.dropped, this.queue.length);
  }

  async live(): Promise<Rested> {
    this.held ??= begin(this.key, await load(this.key), Date.now());
    for (;;) {
      this.publish();
      await wf.condition(
        () => this.hasWork() || this.mustRest() || this.isOver() || this.alarm.rang(this.ready().state.next),
      );
      if (this.hasWork()) this.held = await this.settle(this.held, this.queue.splice(0, MOST_PER_WRITE));
      else if (this.mustRest() && (await this.answersAreOut())) return rested(this.held);
      else if (this.isOver() && (await this.quiet())) await this.handOver();
    }
  }

  private enqueue(signal: string, received: Received): void {
    if ('event' in received) return void this.queue.push(received);
    this.dropped += 1;
    wf.log.warn('event dropped', { signal, problem: received.problem, dropped: this.dropped });
  }

  /** Decides, writes, and looks again for as long as the database knows something these events were not decided on. */
  private async settle(from: RunState, batch: PendingDecision[]): Promise<RunState> {
    let state = this.outdated ? await this.refreshed(from) : from;
    for (;;) {
      const drafted = draft(this.key, state, firstOfEach(state, batch), Date.now());
      if (drafted.length === 0) break;
      const digest = digestOf(drafted);
      const result = await persist(writeOf(this.key, state, drafted), digest);
      if (result.written) {
        assertSame(digest, result.digest);
        this.settledAt = Date.now();
        answerDecided(this.key, drafted, batch);
        state = advance(state, drafted);
        break;
      }
      await this.answerLost(result.known, batch);
      state = rebase(this.key, state, result, result.known, Date.now());
    }
    answerRest(this.key, state, batch);
    return state;
  }

  private async refreshed(from: RunState): Promise<RunState> {
    this.outdated = false;
    return rebase(this.key, from, await load(this.key), [], Date.now());
  }

  /**
   * An event that this run does not remember deciding, though it was written since the last one it remembers, was decided by this
   * run: the write landed, and word of it was lost with the connection or with the worker. Its answer is still owed.
   */
  private async answerLost(known: string[], batch: PendingDecision[]): Promise<void> {
    for (const id of known) {
      const pending = batch.find((p) => p.event.id === id);
      if (!pending?.asked) continue;
      const decided = await recall(this.key, id);
      if (decided && Date.parse(decided.at) >= this.settledAt)
        pending.answer = answerOf(id, decided, decided.conversation);
    }
  }

  private publish(): void {
    const { state, recent } = this.ready();
    this.alarm.set(state.next);
    showInSearch(this.key, state.status);
    wf.setCurrentDetails(card(state, recent, this.dropped));
  }

  private hasWork(): boolean {
    const { next } = this.ready().state;
    return this.queue.length > 0 || this.outdated || (next !== null && next.due_at <= Date.now());
  }

  /** Nothing to do and nothing to wait for. */
  private mustRest(): boolean {
    const { status, next } = this.ready().state;
    return (status === 'closed' || status === 'not_contacted') && next === null && wf.allHandlersFinished();
  }

  /**
   * Temporal refuses a task that ends the run when an event has come meanwhile, and with it the answers to updates in the same
   * task. So the end waits for another task.
   */
  private async answersAreOut(): Promise<boolean> {
    if (!this.answering) return true;
    this.answering = false;
    let over = false;
    void wf.sleep(QUIET, { summary: 'answers go out before the end' }).then(() => (over = true));
    await wf.condition(() => over || this.queue.length > 0 || this.outdated);
    return false;
  }

  /** The history is long, or another build is the current one. */
  private isOver(): boolean {
    return wf.workflowInfo().continueAsNewSuggested || isOutmoded();
  }

  /** The next run begins in a quiet moment, so that no sender waits for it; under steady events at twice the length. */
  private async quiet(): Promise<boolean> {
    const { historyLength } = wf.workflowInfo();
    this.suggestedAt = Math.min(this.suggestedAt, historyLength);
    if (historyLength >= 2 * this.suggestedAt) return true;
    return !(await wf.condition(() => this.queue.length > 0 || this.outdated, QUIET, {
      summary: 'quiet before a new run',
    }));
  }

  private async handOver(): Promise<void> {
    await wf.condition(wf.allHandlersFinished);
    if (this.queue.length > 0) return;
    const onward = wf.makeContinueAsNewFunc<(key: ConversationKey, carried: Carried) => Promise<Rested>>(
      isOutmoded() ? { initialVersioningBehavior: 'AUTO_UPGRADE' } : {},
    );
    await onward(this.key, { ...this.ready(), dropped: this.dropped });
  }

  private ready(): RunState {
    if (!this.held) throw new wf.ApplicationFailure('the conversation is being loaded', 'Loading');
    return this.held;
  }
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

function rested({ state, seq, settings_version }: RunState): Rested {
  return { state, seq, settings_version };
}
