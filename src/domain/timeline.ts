import type { Conversation, Status } from './conversation';
import type { Decision, Reason, Rule } from './decision';
import type { Effect } from './effects';
import type { AnyEvent } from './events';
import {
  iso,
  toKept,
  toRecord,
  toSurveyRecord,
  type ConversationRecord,
  type EpisodeRecord,
  type Kept,
  type SurveyRecord,
} from './record';

/** One decision as the timeline keeps it. */
export interface Entry {
  seq: number;
  at: string;
  version: number;
  settings_version: number;
  event: string;
  /** `imported`: it came from elsewhere as it is from here on */
  type: AnyEvent['type'] | 'imported';
  verdict: Decision['verdict'];
  reason: Reason | null;
  rule: Rule | null;
  from: Status;
  to: Status;
  /** the event's own fields; for a timer, its deadline */
  data: Record<string, unknown>;
  /**
   * the fields of the record that changed; the whole record at seq 1 and after a backup was restored. Applied
   * in order, they give the record at any time.
   */
  changes: Partial<ConversationRecord> | null;
}

/** An effect for the outbox, with the conversation right after the decision. */
export type Outgoing = Effect & { conversation: ConversationRecord };

/** All that one decision writes to the database, besides the conversation's row. */
export interface Step {
  entry: Entry;
  effects: Outgoing[];
  /** the episode and the surveys, if this decision changed them, or if a restored backup may lack them */
  episode: EpisodeRecord | null;
  surveys: (SurveyRecord & { episode: number })[];
}

/** The conversation's row, without its account. */
export type ConversationRow = ConversationRecord & Kept & { seq: number; settings_version: number };

export interface Stamp {
  inbox: string;
  seq: number;
  settings_version: number;
  now: number;
}

export function rowOf(
  c: Conversation,
  { inbox, seq, settings_version }: Omit<Stamp, 'now'>,
): ConversationRow {
  return Object.assign(toRecord(inbox, c), toKept(c), { seq, settings_version });
}

export function stepOf(before: Conversation, event: AnyEvent, decision: Decision, stamp: Stamp): Step {
  const { state } = decision;
  const restored = event.type === 'restored';
  return {
    entry: {
      seq: stamp.seq,
      at: iso(stamp.now),
      version: state.version,
      settings_version: stamp.settings_version,
      event: event.id,
      type: event.type,
      verdict: decision.verdict,
      reason: decision.verdict === 'ignored' ? decision.reason : null,
      rule: decision.verdict === 'refused' ? decision.rule : null,
      from: before.status,
      to: state.status,
      data: dataOf(event),
      changes: restored ? toRecord(stamp.inbox, state) : changesOf(before, state, stamp),
    },
    effects: outgoing(decision, stamp.inbox),
    episode: restored ? episodeOf(state) : episodeChanged(before, state),
    surveys: restored ? surveysOf(state) : surveysChanged(before, state),
  };
}

function outgoing({ effects, state }: Decision, inbox: string): Outgoing[] {
  if (effects.length === 0) return [];
  const conversation = toRecord(inbox, state);
  return effects.map((effect) => ({ ...effect, conversation }));
}

/** The event's own fields, spelled as the caller did; a timer's deadline in RFC 3339. */
function dataOf(event: AnyEvent): Record<string, unknown> {
  const { id: _, type: __, ...data } = event;
  return 'due_at' in data ? { due_at: iso(data.due_at) } : data;
}

function changesOf(before: Conversation, after: Conversation, { inbox, seq }: Stamp): Entry['changes'] {
  const now = toRecord(inbox, after);
  if (seq === 1) return now;
  if (before === after) return null;
  return changedFields(toRecord(inbox, before), now);
}

function episodeChanged(before: Conversation, after: Conversation): EpisodeRecord | null {
  const now = episodeOf(after);
  return now && !same(episodeOf(before), now) ? now : null;
}

/** What an episode keeps of the conversation; null before the first episode. */
export function episodeOf(c: Conversation): EpisodeRecord | null {
  if (c.started_at === null) return null;
  return {
    episode: c.episode,
    opened_by: c.opened_by,
    started_at: iso(c.started_at),
    first_reply_at: c.first_reply_at === null ? null : iso(c.first_reply_at),
    closed_at: c.status === 'closed' ? iso(c.closed_at) : null,
    close: 'close' in c ? c.close : null,
    assignee: c.assignee,
    agents: c.agents,
    tags: c.tags,
  };
}

function surveysChanged(before: Conversation, after: Conversation): Step['surveys'] {
  if (before.survey === after.survey && before.past_surveys === after.past_surveys) return [];
  const earlier = surveysOf(before);
  return surveysOf(after).filter((s) => !earlier.some((e) => same(e, s)));
}

export function surveysOf(c: Conversation): Step['surveys'] {
  return (c.survey ? [c.survey, ...c.past_surveys] : []).map((s) => ({
    ...toSurveyRecord(s),
    episode: s.episode,
  }));
}

function changedFields<T extends object>(before: T, after: T): Partial<T> {
  const keys = Object.keys(after) as (keyof T)[];
  return Object.fromEntries(
    keys.filter((k) => !same(before[k], after[k])).map((k) => [k, after[k]]),
  ) as Partial<T>;
}

/** Comparing JSON text is enough here: the same code builds both, so their keys have the same order. */
function same(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
