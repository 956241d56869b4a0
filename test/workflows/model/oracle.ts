/**
 * What a story must lead to: `decide`, applied in order to what was sent and to the timers that were due. It
 * takes only the times from the real workflow. All else in timeline, row and queries must be what it
 * computes.
 */
import assert from 'node:assert/strict';
import { notContacted, type Conversation } from '../../../src/domain/conversation';
import { decide } from '../../../src/domain/decide';
import type { Decision } from '../../../src/domain/decision';
import { TIMER_EVENTS, type AnyEvent, type TimerEventType } from '../../../src/domain/events';
import { rowOf, stepOf, type Entry, type Step } from '../../../src/domain/timeline';
import type { ConversationKey } from '../../../src/domain/key';
import { toRecord, type ConversationRecord } from '../../../src/domain/record';
import type { Settings } from '../../../src/domain/settings';
import { tellingOf } from '../../../src/domain/effect-json';
import type { Answer } from '../../../src/temporal/contract';
import type { Actor, Sent } from './actor';
import { TOLERANCE } from './story';

export interface Folded {
  state: Conversation;
  steps: Step[];
  settings_version: number;
  /** how often it could rest, as far as the times tell */
  rests: number;
}

/** @throws AssertionError at the first decision that differs from the oracle's */
export function fold(played: Actor, timeline: Entry[]): Folded {
  return new Oracle(played).fold(timeline);
}

class Oracle {
  private readonly inbox: string;
  private readonly waiting: Sent[];
  private readonly steps: Step[] = [];
  private state: Conversation;
  private version = 0;
  private rests = 0;
  private last = Infinity;
  /** when the deadline was set */
  private deadlineSince = 0;

  constructor(private readonly played: Actor) {
    const { inbox, conversation } = played.conversation.key;
    this.inbox = inbox;
    this.waiting = [...played.sent];
    this.state = notContacted(conversation, 0);
  }

  fold(timeline: Entry[]): Folded {
    const born = timeline[0]?.changes?.created_at;
    if (born) this.state = notContacted(this.state.conversation, Date.parse(born));
    for (const entry of timeline) this.follow(entry);
    this.expectNothingOverdue(this.played.ended, 'the end');
    assert.deepEqual(
      this.waiting.map((s) => s.event.id),
      [],
      'every event sent is decided',
    );
    this.countRest(this.played.ended);
    return { state: this.state, steps: this.steps, settings_version: this.version, rests: this.rests };
  }

  private countRest(now: number): void {
    if (isAtRest(this.state) && (now === this.played.ended || now - this.last > TOLERANCE)) this.rests += 1;
    this.last = now;
  }

  private follow(entry: Entry): void {
    const { seq, settings_version } = entry;
    assert.equal(seq, this.steps.length + 1, 'decisions are numbered without a gap');
    const now = Date.parse(entry.at);
    const { settings } = this.settingsOf(settings_version);
    this.countRest(now);
    this.expectCurrent(entry, now);
    const event = this.expected(entry, settings, now);
    if (event.type !== 'settings_changed') this.expectMoveTold(settings, settings_version, now);
    this.version = settings_version;

    const decision = decide(this.state, event, settings, now);
    const step = stepOf(this.state, event, decision, { inbox: this.inbox, seq, settings_version, now });
    assert.deepEqual(entry, plain(step.entry), `decision ${seq}, about ${event.type} ${event.id}`);
    this.expectAnswer(event, decision);
    this.steps.push(step);
    if (JSON.stringify(decision.state.next) !== JSON.stringify(this.state.next)) this.deadlineSince = now;
    this.state = decision.state;
  }

  /** The event that must be next. */
  private expected(
    { type, event: id, seq, settings_version }: Entry,
    settings: Settings,
    now: number,
  ): AnyEvent {
    if (type === 'settings_changed') {
      assert.ok(settings_version > this.version, 'settings change once');
      return { id: `@${type}.${seq}`, type, settings, settings_version };
    }
    assert.ok(type !== 'imported', 'nothing comes from elsewhere');
    if (isTimer(type)) return this.timer(type, seq, now);
    const sent = this.next(id);
    this.expectNothingOverdue(sent.at, id);
    assert.ok(now < sent.at + TOLERANCE, `${id} is decided when it comes, not ${now - sent.at} ms later`);
    assert.ok(settings_version >= sent.settings_version, `${id} is decided under the settings it met`);
    return sent.event;
  }

  /** An event may overtake only one that has no answer yet. */
  private next(id: string): Sent {
    const place = this.waiting.findIndex((s) => s.event.id === id);
    const [sent] = place < 0 ? [] : this.waiting.splice(place, 1);
    assert.ok(sent, `${id} is decided once`);
    const overtaken = this.waiting.slice(0, place).filter((s) => !sent.unanswered.includes(s));
    const ids = overtaken.map((s) => s.event.id);
    assert.deepEqual(ids, [], `what was sent before ${id} is decided before it`);
    return sent;
  }

  private timer(type: TimerEventType, seq: number, now: number): AnyEvent {
    const { next } = this.state;
    assert.ok(next && TIMER_EVENTS[next.timer] === type, `${type} acts only while it is the next`);
    assert.ok(next.due_at <= now, `${type} acts only when it is due`);
    const late = now - Math.max(next.due_at, this.deadlineSince);
    assert.ok(late < TOLERANCE, `${type} acts when it is due, not ${late} ms later`);
    return { id: `@${type}.${seq}`, type, due_at: next.due_at };
  }

  private expectNothingOverdue(moment: number, what: string): void {
    const { next } = this.state;
    const due = next ? Math.max(next.due_at, this.deadlineSince) : Infinity;
    assert.ok(due + TOLERANCE > moment, `${next?.timer} was due before ${what}, and did not act`);
  }

  private settingsOf(version: number) {
    const found = this.played.settings[version - 1];
    assert.ok(found, `there are settings ${version}`);
    return found;
  }

  /** No decision may use settings that were changed before it. */
  private expectCurrent({ settings_version, seq }: Entry, now: number): void {
    const next = this.played.settings[settings_version];
    assert.ok(settings_version >= this.version, 'settings do not change back');
    assert.ok(!next || now < next.at + TOLERANCE, `decision ${seq} is made under the current settings`);
  }

  /** A change of settings may be missing in the timeline only if it moves no deadline. */
  private expectMoveTold(settings: Settings, settings_version: number, now: number): void {
    if (settings_version === this.version || this.version === 0) return;
    const event = { id: '@', type: 'settings_changed' as const, settings, settings_version };
    assert.equal(decide(this.state, event, settings, now).verdict, 'ignored', 'moved deadlines are told');
  }

  private expectAnswer(event: AnyEvent, { verdict, state, ...why }: Decision): void {
    const sent = this.played.sent.find((s) => s.event === event);
    if (sent?.by !== 'update') return;
    const { reason, rule } = why as Pick<Answer, 'reason' | 'rule'>;
    const expected = { event: event.id, verdict, reason, rule, conversation: toRecord(this.inbox, state) };
    assert.deepEqual(sent.answer, plain(expected), `the answer about ${event.id}`);
  }
}

/** What the other tables and the workflow must say after the story. */
export function aftermath({ state, steps, settings_version }: Folded, key: ConversationKey) {
  const { inbox } = key;
  const seq = steps.length;
  const record = toRecord(inbox, state);
  const changes = steps.reduce<Partial<ConversationRecord>>(
    (all, { entry }) => ({ ...all, ...entry.changes }),
    {},
  );
  return {
    row: seq === 0 ? undefined : plain(rowOf(state, { inbox, seq, settings_version })),
    record: plain(record),
    changes: plain(changes),
    isAtRest: isAtRest(state),
    outbox: plain(
      steps.flatMap(({ entry, effects }) =>
        effects.map((effect, nth) => ({
          seq: entry.seq,
          nth,
          type: effect.type,
          payload: tellingOf(key, entry, effect),
        })),
      ),
    ),
    episodes: plain(
      lastOf(
        steps.flatMap((s) => s.episode ?? []),
        'episode',
      ),
    ),
    surveys: plain(
      lastOf(
        steps.flatMap((s) => s.surveys),
        'survey',
      ),
    ),
  };
}

function isAtRest({ status, next }: Conversation): boolean {
  return (status === 'closed' || status === 'not_contacted') && next === null;
}

function lastOf<T extends object>(rows: T[], id: keyof T): T[] {
  return [...new Map(rows.map((row) => [row[id], row])).values()];
}

function isTimer(type: AnyEvent['type']): type is TimerEventType {
  return Object.values<string>(TIMER_EVENTS).includes(type);
}

/** The value after a round trip through JSON. */
function plain<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}
