import murmurhash from 'murmurhash';
import { notContacted, type Conversation } from './conversation';
import { decide } from './decide';
import { TIMER_EVENTS, type AnyEvent, type Event } from './events';
import { rowOf, stepOf, type ConversationRow, type Entry, type Step } from './timeline';
import type { ConversationKey } from './key';
import { fromRecord } from './record';
import type { Settings } from './settings';

const IDS_KEPT = 200;
const RECENT_KEPT = 5;

/** One of the last decisions about a conversation, as people are shown it. */
export type RecentDecision = Pick<
  Entry,
  'seq' | 'at' | 'event' | 'type' | 'verdict' | 'reason' | 'rule' | 'from' | 'to'
>;

/** What a run hands to the next. Plain JSON. */
export interface RunState {
  state: Conversation;
  /** decisions ever made */
  seq: number;
  /** the `seq` of the row in the database; smaller than `seq` only where an older backup was restored */
  row_seq: number;
  settings: Settings;
  settings_version: number;
  /** the settings that the state's deadlines were computed under */
  decided_under: number;
  /** ids of the last events decided; older ones are known to the database */
  recent_ids: string[];
  /** the last decisions, newest first */
  recent: RecentDecision[];
}

/** What the database answered about a conversation. */
export interface Loaded {
  row: ConversationRow | null;
  settings: Settings;
  settings_version: number;
}

/** What a conversation's workflow has decided since it was last written. */
export interface Write {
  key: ConversationKey;
  /** the row's `seq` that the decisions were made on top of; 0 where there is no row yet */
  expected_seq: number;
  row: ConversationRow;
  steps: Step[];
}

/** An event being decided, and what to do with its step. */
export interface Drafted {
  event: AnyEvent;
  step: Step;
  state: Conversation;
}

export function begin(key: ConversationKey, loaded: Loaded, now: number): RunState {
  const { row, settings, settings_version } = loaded;
  const seq = row?.seq ?? 0;
  const state = row ? fromRecord(row) : notContacted(key.conversation, now);
  const decided_under = row?.settings_version ?? settings_version;
  return { state, seq, row_seq: seq, settings, settings_version, decided_under, recent_ids: [], recent: [] };
}

/**
 * The state as it will be once these events are decided and written: a new settings first, then the events in the
 * order they came, then whatever timer is due by then. Nothing of it counts before it is written.
 */
export function draft(key: ConversationKey, held: RunState, events: Event[], now: number): Drafted[] {
  const drafted: Drafted[] = [];
  let { state, seq } = held;
  const add = (event: AnyEvent) => {
    const decision = decide(state, event, held.settings, now);
    if (event.type === 'settings_changed' && decision.verdict !== 'applied') return;
    seq += 1;
    const stamp = { inbox: key.inbox, seq, settings_version: held.settings_version, now };
    drafted.push({ event, step: stepOf(state, event, decision, stamp), state: decision.state });
    state = decision.state;
  };
  const own = <T extends string>(type: T) => ({ id: `@${type}.${seq + 1}`, type });
  if (held.row_seq < held.seq) add({ ...own('restored'), row_seq: held.row_seq });
  const { settings, settings_version } = held;
  if (settings_version !== held.decided_under)
    add({ ...own('settings_changed'), settings, settings_version });
  for (const event of events) add(event);
  while (state.next && state.next.due_at <= now) {
    add({ ...own(TIMER_EVENTS[state.next.timer]), due_at: state.next.due_at });
  }
  return drafted;
}

/** The draft was written: it is the state now. */
export function advance(held: RunState, drafted: Drafted[]): RunState {
  const last = drafted.at(-1);
  if (!last) return held;
  const ids = drafted.map((d) => d.event.id).filter((id) => !id.startsWith('@'));
  const told = drafted.map(({ step: { entry } }) => recentOf(entry));
  return {
    ...held,
    state: last.state,
    seq: last.step.entry.seq,
    row_seq: last.step.entry.seq,
    decided_under: held.settings_version,
    recent_ids: [...held.recent_ids, ...ids].slice(-IDS_KEPT),
    recent: [...told.reverse(), ...held.recent].slice(0, RECENT_KEPT),
  };
}

/**
 * The draft was not written: the database knows better, or less. Where its row is ahead (another run wrote it, or Temporal
 * came back from an older backup), that is the state. Where it is behind (the database came back from an older backup),
 * ours is, and the gap is named in the timeline.
 */
export function rebase(
  key: ConversationKey,
  held: RunState,
  loaded: Loaded,
  known: string[],
  now: number,
): RunState {
  const { settings, settings_version } = loaded;
  const recent_ids = [...held.recent_ids, ...known].slice(-IDS_KEPT);
  const row_seq = loaded.row?.seq ?? 0;
  const same = row_seq === held.seq && loaded.row?.version === held.state.version;
  if (row_seq < held.seq || same) return { ...held, row_seq, settings, settings_version, recent_ids };
  return { ...begin(key, loaded, now), recent: held.recent, recent_ids };
}

export function writeOf(key: ConversationKey, held: RunState, drafted: Drafted[]): Write {
  const last = drafted.at(-1);
  const after = advance(held, drafted);
  const { seq, settings_version } = after;
  return {
    key,
    expected_seq: held.row_seq,
    row: rowOf(last?.state ?? held.state, { inbox: key.inbox, seq, settings_version }),
    steps: drafted.map((d) => d.step),
  };
}

/**
 * What was decided, in a few characters. Of the state only what the decisions changed is in it, so that a field more, or other
 * fields in a write, do not make it another decision.
 */
export function digestOf(drafted: Drafted[]): string {
  const decided = drafted.map(({ step: { entry }, state }) => {
    const { event, verdict, reason, rule, to } = entry;
    const isWhole = entry.seq === 1 || entry.type === 'restored';
    return [event, verdict, reason, rule, to, state.next, isWhole ? null : entry.changes];
  });
  return murmurhash.v3(JSON.stringify(decided)).toString(36);
}

function recentOf({ seq, at, event, type, verdict, reason, rule, from, to }: Step['entry']): RecentDecision {
  return { seq, at, event, type, verdict, reason, rule, from, to };
}
