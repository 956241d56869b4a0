import * as wf from '@temporalio/workflow';
import { EVENT_TYPES, type Event } from '../src/domain/events';
import type { ConversationKey } from '../src/domain/key';
import { advance, begin, digestOf, draft, rebase, writeOf, type RunState } from '../src/domain/ledger';
import { readAnyEvent, readEvent, type Received } from '../src/domain/read-event';
import { toRecord, type ConversationRecord } from '../src/domain/record';
import { CODE_NUMBER } from '../src/temporal/code-number';
import * as contract from '../src/temporal/contract';
import { Alarm, type Ring } from './alarm';
import { Attempts } from './attempts';
import { card, explanation } from './card';
import { load, persist, recall } from './local-activities';
import { EventDigests } from './event-digests';
import { fits, handOver, isOutmoded, RunLength } from './next-run';
import { answerDecided, answerDuplicate, firstOfEach, type PendingDecision } from './pending';
import { showInSearch } from './search-attributes';
import { currentTrace, inTrace, tellTrace } from './tracing';

const MOST_PER_WRITE = 100;
const MOST_OWED = 100;
const QUIET = '1s';
const CROWDED_PAUSE = '30m';

const DROPPED = wf.metricMeter.createCounter(
  'conversations_dropped',
  undefined,
  'Payloads that are no event.',
);
const REUSED = wf.metricMeter.createCounter(
  'conversations_reused_ids',
  undefined,
  'Events whose id came again with another content.',
);

const { poison } = wf.proxySinks<contract.PoisonSinks>();

/** One run of a conversation's workflow: what waits, what is known, and the loop that decides. */
export class ConversationRun {
  /** events that are taken and not yet written, in order; those being written are at the front */
  private readonly queue: PendingDecision[];
  private readonly alarm = new Alarm();
  private readonly attempts = new Attempts((ms) => this.pause(ms));
  private readonly length = new RunLength();
  private held: RunState | null;
  /** whether `held` is as the row was when this run began, or newer; what was carried may be older */
  private isLoaded = false;
  /** whether the database may have a newer row or settings */
  private outdated = false;
  private owed: string[];
  private readonly digests: EventDigests;
  private dropped: number;
  private reused: number;
  private restAfterMs = 0;
  private nudged = false;
  private leaving = false;
  /** whether the run holds too much for the input of a next run */
  private crowded = false;
  /** when this run last wrote; at first, the start of this run */
  private settledAt = wf.workflowInfo().startTime.getTime();
  private heardAt = this.settledAt;

  constructor(
    private readonly key: ConversationKey,
    carried: contract.Carried | undefined,
  ) {
    this.held = carried?.held ?? null;
    this.queue = carried?.waiting.map((event) => ({ event })) ?? [];
    this.owed = carried?.owed ?? [];
    this.digests = new EventDigests(carried?.gists);
    this.dropped = carried?.dropped ?? 0;
    this.reused = carried?.reused ?? 0;
  }

  receive(signal: string, payload?: unknown): void {
    this.heardAt = Date.now();
    this.length.signals += 1;
    const type = EVENT_TYPES.find((t) => t === signal);
    if (signal === contract.reloadSignal.name) this.outdated = this.nudged = true;
    else if (type) this.enqueue(signal, readEvent(type, payload, Date.now()));
    else this.enqueue('unknown', { problem: 'is not a signal of a conversation' });
  }

  validate(payload: unknown): void {
    understood(readAnyEvent(payload, Date.now()));
  }

  async decide(payload: unknown): Promise<contract.Answer> {
    this.heardAt = Date.now();
    this.length.updates += 1;
    const pending = this.pendingFor(understood(readAnyEvent(payload, Date.now())));
    pending.asked = true;
    await wf.condition(() => pending.answer !== undefined || this.leaving);
    const { id } = pending.event;
    if (pending.answer) {
      this.owed = this.owed.filter((other) => other !== id);
      return pending.answer;
    }
    this.owed = [...this.owed, id].slice(-MOST_OWED);
    const told =
      'the conversation goes on in a new run, which will decide this event: ask again with the same id';
    throw wf.ApplicationFailure.create({ message: told, type: contract.DECISION_PENDING });
  }

  record(): ConversationRecord {
    if (!this.isLoaded) throw loading();
    return toRecord(this.key.inbox, this.ready().state);
  }

  explain(): contract.Explanation {
    const { dropped, reused, queue, attempts } = this;
    const counts = { dropped, waiting: queue.length, unwritten: attempts.unwritten };
    return explanation(this.held, reused > 0 ? { ...counts, reused } : counts);
  }

  async live(): Promise<contract.Rested> {
    // What was carried may be older than the row, because a reset restarts a run with its first input.
    if (this.held) this.held = await this.refreshed(this.held);
    else this.held = begin(this.key, await this.loaded(), Date.now());
    this.isLoaded = true;
    for (;;) {
      // The waiting events may move the deadline, and a timer that is set now would only be cancelled.
      if (!this.hasWork()) this.publish();
      await wf.condition(
        () => this.hasWork() || this.mustRest() || this.isOver() || this.alarm.rang(this.nextRing()),
      );
      if (this.mustGoOn()) await this.goOn();
      if (this.hasWork()) this.held = await this.settle(this.ready());
      else if (this.mustRest()) return rested(this.ready());
      else if (this.isOver() && (await this.isQuiet())) await this.goOn();
    }
  }

  private pendingFor(event: Event): PendingDecision {
    const waiting = this.queue.find((p) => p.event.id === event.id && !p.asked);
    if (waiting && this.owed.includes(event.id)) return waiting;
    const pending: PendingDecision = { event, trace: currentTrace() };
    this.queue.push(pending);
    return pending;
  }

  private enqueue(signal: string, received: Received): void {
    if ('event' in received) return void this.queue.push({ ...received, trace: currentTrace() });
    this.dropped += 1;
    DROPPED.add(1);
    poison.dropped();
    wf.log.warn('event dropped', { signal, problem: received.problem, dropped: this.dropped });
  }

  /** Decides the events that have waited longest, and writes the decisions. */
  private async settle(from: RunState): Promise<RunState> {
    const batch = this.queue.slice(0, MOST_PER_WRITE);
    const state = await this.written(this.outdated ? await this.refreshed(from) : from, batch);
    await this.answerRepeats(state, batch);
    this.queue.splice(0, batch.length);
    this.crowded = false;
    return state;
  }

  /** Decides again as long as the database has a newer row or settings than the decisions were made on. */
  private async written(from: RunState, batch: PendingDecision[]): Promise<RunState> {
    for (let state = from; ;) {
      const drafted = draft(this.key, state, firstOfEach(state, batch), Date.now());
      if (drafted.length === 0) return state;
      const digest = digestOf(drafted);
      const write = writeOf(this.key, state, drafted);
      const trace = batch.find((pending) => pending.trace)?.trace;
      const result = await this.attempts.until(() => inTrace(trace, () => persist(write, digest)));
      if (result.written) {
        assertSame(digest, result.digest);
        this.settledAt = Date.now();
        for (const { event, trace } of answerDecided(this.key, drafted, batch)) {
          this.digests.remember(event);
          tellTrace(trace, event.type);
        }
        return advance(state, drafted);
      }
      this.countReused(result.reused ?? 0);
      await this.answerLost(result.known, batch);
      state = rebase(this.key, state, result, result.known, Date.now());
    }
  }

  private async refreshed(from: RunState): Promise<RunState> {
    this.outdated = false;
    return rebase(this.key, from, await this.loaded(), [], Date.now());
  }

  private async loaded() {
    const loaded = await this.attempts.until(() => load(this.key));
    this.restAfterMs = loaded.rest_after_ms;
    return loaded;
  }

  /**
   * If an event was written after this run's last known write, and the run does not remember it, then this
   * run decided it: the write arrived, but its result was lost with the connection or the worker. So the
   * caller still gets the decision and not `duplicate`.
   */
  private async answerLost(known: string[], batch: PendingDecision[]): Promise<void> {
    for (const id of known) {
      const pending = batch.find((p) => p.event.id === id);
      if (!pending?.asked) continue;
      const decided = await this.attempts.until(() => recall(this.key, id));
      if (decided && Date.parse(decided.at) >= this.settledAt)
        pending.answer = contract.answerOf(id, decided, decided.conversation);
    }
  }

  /**
   * Callers without an answer by now sent a known id. A caller that an earlier run told to ask again gets the
   * decision.
   */
  private async answerRepeats(state: RunState, batch: PendingDecision[]): Promise<void> {
    for (const pending of batch) {
      if (pending.answer) continue;
      if (this.digests.differs(pending.event)) this.countReused(1);
      const { id } = pending.event;
      const isOwed = pending.asked && this.owed.includes(id);
      const decided = isOwed ? await this.attempts.until(() => recall(this.key, id)) : null;
      if (decided) pending.answer = contract.answerOf(id, decided, decided.conversation);
      else answerDuplicate(this.key, state, pending);
    }
  }

  /** They change nothing, and only their sender can correct the mistake, so they are logged. */
  private countReused(events: number): void {
    if (events === 0) return;
    this.reused += events;
    REUSED.add(events);
    wf.log.warn('an id came again with another content', { events, reused: this.reused });
  }

  private publish(): void {
    const { state, recent } = this.ready();
    this.alarm.set(this.nextRing());
    showInSearch(this.key, state.status);
    wf.setCurrentDetails(card(state, recent, this.dropped));
  }

  private hasWork(): boolean {
    const { next } = this.ready().state;
    return this.queue.length > 0 || this.outdated || (next !== null && next.due_at <= Date.now());
  }

  /** Why to wake up next. */
  private nextRing(): Ring | null {
    const restAt = this.restAt();
    return this.ready().state.next ?? (restAt === null ? null : { timer: 'rest', due_at: restAt });
  }

  private mustRest(): boolean {
    const at = this.restAt();
    return at !== null && at <= Date.now() && wf.allHandlersFinished();
  }

  /**
   * When the conversation may rest: nothing is left to do, and it has stayed a while. Null if something is
   * left to do.
   */
  private restAt(): number | null {
    const { status, next } = this.ready().state;
    if (next !== null || (status !== 'closed' && status !== 'not_contacted')) return null;
    return Math.max(this.heardAt, this.settledAt) + this.restAfterMs;
  }

  /** Whether the history is long, or another build is current. */
  private isOver(): boolean {
    return this.length.isSuggested() || isOutmoded();
  }

  /**
   * No quiet moment came. So the run ends when no caller waits for an answer, and finally also while one
   * waits.
   */
  private mustGoOn(): boolean {
    const used = this.length.usedUp();
    return used >= 1.5 || (used >= 1 && !this.queue.some(({ asked }) => asked));
  }

  /** The next run begins in a quiet moment, so that no sender waits for it. */
  private async isQuiet(): Promise<boolean> {
    const heard = () => this.queue.length > 0 || this.outdated;
    return !(await wf.condition(heard, QUIET, { summary: 'quiet before a new run' })) && !heard();
  }

  /**
   * No write runs between two attempts, so a run that has to end ends here and hands on all that it holds.
   */
  private async pause(ms: number): Promise<void> {
    this.nudged = false;
    this.showUnwritten();
    const atOnce = () => this.nudged || (this.length.usedUp() >= 1 && !this.crowded);
    const summary = 'until the next attempt';
    await wf.condition(atOnce, ms, { summary });
    if (this.isOver() || this.length.usedUp() >= 1) await this.goOn();
    if (this.crowded) await wf.condition(atOnce, CROWDED_PAUSE, { summary });
  }

  /**
   * The next run takes over what this one holds, and callers that wait are told to ask again. It returns only
   * if the run holds too much for that. Then Temporal's limit of signals bounds the run, and attempts must be
   * few.
   */
  private async goOn(): Promise<void> {
    this.crowded = !fits(this.carried());
    if (this.crowded) return;
    this.leaving = true;
    await wf.condition(wf.allHandlersFinished);
    // If an event has come meanwhile, Temporal refuses the task that ends the run, and the answers in it.
    if (this.queue.some(({ asked }) => asked))
      await wf.sleep(1, { summary: 'answers go out before the end' });
    await handOver(this.key, this.carried());
  }

  private carried(): contract.Carried {
    const { held, owed, dropped, reused } = this;
    const waiting = this.queue.map(({ event }) => event);
    return { code: CODE_NUMBER, held, waiting, owed, gists: this.digests.carried(), dropped, reused };
  }

  private showUnwritten(): void {
    if (!this.held) return;
    const { state, recent } = this.held;
    wf.setCurrentDetails(card(state, recent, this.dropped, this.attempts.unwritten));
  }

  private ready(): RunState {
    if (!this.held) throw loading();
    return this.held;
  }
}

/**
 * A replay must decide what was written. If not, this build's rules differ from those that made the history,
 * and the state would silently differ from the row. So the task fails until a worker with the right build
 * takes it.
 */
function assertSame(decided: string, written: string): void {
  if (decided === written) return;
  throw new Error(
    'decided otherwise than was written: the rules have changed; see docs/changing-the-workflow.md',
  );
}

const loading = () => new wf.ApplicationFailure(contract.BEING_LOADED, 'Loading');

function understood(received: Received): Event {
  if ('problem' in received) throw wf.ApplicationFailure.nonRetryable(received.problem, 'InvalidEvent');
  return received.event;
}

function rested({ state, seq, settings_version }: RunState): contract.Rested {
  return { state, seq, settings_version };
}
