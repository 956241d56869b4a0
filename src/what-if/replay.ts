/** The past of one conversation, decided twice: under the settings that were, and under the changed ones. */
import { notContacted, type Conversation, type Deadline } from '../domain/conversation';
import { withDeadlines } from '../domain/deadlines';
import { judge } from '../domain/decide';
import type { Judgement } from '../domain/decision';
import { TIMER_EVENTS, type AnyEvent } from '../domain/events';
import { stateOfRecord } from '../domain/import';
import { fromRecord, iso } from '../domain/record';
import { settingsSchema, type Settings } from '../domain/settings';
import type { ConversationRow } from '../domain/timeline';
import { KINDS, kindsOf } from './kinds';
import { eventOf, isTimer, type PastEntry } from './past-event';
import { emptyTotals, shown, type Difference, type Sides } from './tally';

/** The settings of one version, and what they would have been. */
export interface Both {
  was: Settings;
  would: Settings;
}

export interface Range {
  /** epoch milliseconds */
  from: number;
  to: number;
}

/** Why a conversation is left out: its past, decided again under the settings that were, is not what was written. */
export const LEFT_OUT = ['past_not_kept', 'restored', 'not_reproduced'] as const;
export type LeftOut = (typeof LEFT_OUT)[number];

/** So many of the differences of one conversation may become examples. */
const EXAMPLES_EACH = 20;

/**
 * Takes the entries of the timeline in order. Up to the beginning of the range there is one life; from there on there are two, and
 * each event is decided in both. A timer that was armed in both acts when it really acted; one that only the changed settings arm
 * acts when it is due.
 */
export class Replay {
  readonly totals = emptyTotals();
  readonly examples: Difference[] = [];
  leftOut: LeftOut | null = null;
  /** made under the changed settings */
  decisions = 0;
  /** something was decided otherwise, or another timer acted */
  differs = false;
  private was: Conversation | null = null;
  private would: Conversation | null = null;
  private version = 0;
  private both: Both;
  private last = 0;

  constructor(
    readonly conversation: string,
    private readonly range: Range,
    private readonly settingsOf: (version: number) => Both,
  ) {
    this.both = settingsOf(0);
  }

  /** A conversation in which nothing was decided since the range began: its row is as it was then. */
  rest(row: ConversationRow): void {
    this.was = fromRecord(row);
    this.settle(row.settings_version);
  }

  take(entry: PastEntry): void {
    if (this.leftOut) return;
    const [seq, at, type, , , , version, data] = entry;
    if (this.was === null && (seq !== 1 || type === 'imported')) return this.beginWith(entry);
    if (type === 'restored') return this.leaveOut('restored');
    this.was ??= notContacted(this.conversation, at);
    if (at >= this.range.from) this.fork();
    this.actUntil(at);
    if (version !== this.version) this.settle(version, type === 'settings_changed' ? data : undefined);
    this.last = at;
    this.decide(entry, eventOf(type, data));
  }

  /** Conversations that were imported, or whose first entries are no longer kept, begin with the record that an entry has. */
  private beginWith([, at, , , , , version, , record]: PastEntry): void {
    if (record === null) return this.leaveOut('past_not_kept');
    this.settle(version);
    this.was = stateOfRecord(record, this.both.was);
    this.last = at;
  }

  /** The range is over. */
  end(): void {
    if (this.leftOut || this.was === null) return;
    this.fork();
    this.actUntil(this.range.to);
    this.totals.at_end.was[this.was.status] += 1;
    this.totals.at_end.would_be[(this.would ?? this.was).status] += 1;
  }

  private decide([seq, at, type, verdict, to, version]: PastEntry, event: AnyEvent): void {
    const { was: before, would: beforeToo } = this;
    if (before === null) return;
    const was = judge(before, event, this.both.was, at);
    if (was.verdict !== verdict || was.state.status !== to || was.state.version !== version)
      return this.leaveOut('not_reproduced');
    this.was = was.state;
    if (beforeToo === null) return;
    const acts = !isTimer(type) || isSame(before.next, beforeToo.next);
    const would = acts
      ? this.wouldDecide(beforeToo, type === 'settings_changed' ? this.changed() : event, at)
      : null;
    const kinds = kindsOf(before, event, was);
    const kindsToo = would ? kindsOf(beforeToo, event, would) : 0;
    const sides = { was, would };
    this.count(kinds, kindsToo, sides, { seq, at, event: type });
    if (isTimer(type) || type === 'settings_changed') return;
    if (would && (would.verdict !== was.verdict || would.state.status !== was.state.status)) {
      this.totals.decided_otherwise += 1;
      this.differs = true;
    }
  }

  /** The timers that only the changed settings arm, before that moment. */
  private actUntil(until: number): void {
    for (;;) {
      const { was, would } = this;
      const next = would?.next;
      if (!was || !would || !next || next.due_at >= until || isSame(was.next, next)) return;
      const event = { id: '', type: TIMER_EVENTS[next.timer], due_at: next.due_at };
      const at = Math.max(next.due_at, this.last, this.range.from);
      const judged = this.wouldDecide(would, event, at);
      const kinds = kindsOf(would, event, judged);
      this.count(0, kinds, { was: null, would: judged }, { seq: null, at, event: event.type });
      if (judged.verdict !== 'applied') return; // a timer that its rule ignores would be asked again and again
    }
  }

  private wouldDecide(before: Conversation, event: AnyEvent, at: number): Judgement {
    this.decisions += 1;
    const judged = judge(before, event, this.both.would, at);
    this.would = judged.state;
    return judged;
  }

  /** From here on there are two lives. */
  private fork(): void {
    if (this.would !== null || this.was === null) return;
    this.would = this.was;
    this.retime();
  }

  private retime(): void {
    if (this.would) this.would = withDeadlines(this.would, this.both.would);
  }

  private changed(): AnyEvent {
    return { id: '', type: 'settings_changed', settings: this.both.would, settings_version: this.version };
  }

  /** @param told the settings themselves, where the entry has them */
  private settle(version: number, told?: Record<string, unknown>): void {
    const known = this.settingsOf(version);
    const was = told ? settingsSchema.safeParse(told.settings).data : undefined;
    this.version = version;
    this.both = was ? { was, would: known.would } : known;
    if (!told) this.retime();
  }

  private count(
    was: number,
    would: number,
    sides: Sides,
    where: { seq: number | null; at: number; event: string },
  ): void {
    const different = was ^ would;
    if ((was | would) === 0) return;
    for (const [i, kind] of KINDS.entries()) {
      const bit = 1 << i;
      const count = this.totals.kinds[kind];
      if (was & bit) count.was += 1;
      if (would & bit) count.would_be += 1;
      if (!(different & bit)) continue;
      count[was & bit ? 'gone' : 'added'] += 1;
      this.differs = true;
      if (this.examples.length < EXAMPLES_EACH) this.examples.push(this.example(kind, sides, where));
    }
  }

  private example(
    kind: Difference['kind'],
    { was, would }: Sides,
    { seq, at, event }: { seq: number | null; at: number; event: string },
  ): Difference {
    return {
      ...{ type: 'difference' as const, kind, conversation: this.conversation, at: iso(at), seq, event },
      was: shown(was, this.was as Conversation),
      would_be: shown(would, this.would as Conversation),
    };
  }

  private leaveOut(why: LeftOut): void {
    this.leftOut = why;
  }
}

function isSame(a: Deadline | null, b: Deadline | null): boolean {
  return a !== null && b !== null && a.timer === b.timer && a.due_at === b.due_at;
}
