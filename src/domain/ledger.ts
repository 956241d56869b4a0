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

/** One of the last decisions about a conversation, for people to read. */
export type RecentDecision = Pick<
  Entry,
  'seq' | 'at' | 'event' | 'type' | 'verdict' | 'reason' | 'rule' | 'from' | 'to'
>;

/** What a run hands to the next, as plain JSON. */
export interface RunState {
  state: Conversation;
  /** number of all decisions */
  seq: number;
  /** the `seq` of the row in the database; smaller than `seq` only after an older backup was restored */
  row_seq: number;
  settings: Settings;
  settings_version: number;
  /** the settings that the state's deadlines were computed under */
  decided_under: number;
  /** ids of the last decided events; the database knows older ones */
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

/** What a conversation's workflow has decided since its last write. */
export interface Write {
  key: ConversationKey;
  /** the `seq` of the row that the decisions were made on; 0 if there is no row yet */
  expected_seq: number;
  row: ConversationRow;
  steps: Step[];
}

/** An event with its decision: the state after it, and the step to write. */
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
 * The state after these events: first new settings, then the events in the order in which they came, then the
 * timer if one is due. The draft counts only when it is written.
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

/** The draft was written, so it is the state now. */
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
 * The draft was not written, because the row is ahead or behind. If it is ahead (another run wrote it, or
 * Temporal came back from an older backup), the row becomes the state. If it is behind (the database came
 * back from an older backup), the run keeps its state, and the timeline names the gap.
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
 * A short digest of what was decided. Of the state it covers only what the decisions changed, so a new field
 * of the state, or of a write, does not change the digest.
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
