/** Decides the same timeline again, with the rules only. */
import { isDeepStrictEqual } from 'node:util';
import { notContacted, type Conversation } from '../../src/domain/conversation';
import { decide } from '../../src/domain/decide';
import { eventSchema } from '../../src/domain/any-event';
import { TIMER_EVENTS, type AnyEvent, type TimerEventType } from '../../src/domain/events';
import { stepOf, type Step } from '../../src/domain/timeline';
import { conversationRecord } from '../../src/domain/record-schema';
import {
  iso,
  toRecord,
  type ConversationRecord,
  type EpisodeRecord,
  type SurveyRecord,
} from '../../src/domain/record';
import { settingsSchema, type Settings } from '../../src/domain/settings';
import type { TimelineEntry } from '../../clients/typescript/src/index';

export interface Folded {
  /** one for each decision, in order */
  steps: Step[];
  /** as it is after the last entry */
  record: ConversationRecord;
  /** as it was after each external event */
  after: Map<string, ConversationRecord>;
  /** in order, each with its last survey */
  episodes: (EpisodeRecord & { survey: SurveyRecord | null })[];
  /** decisions that differ from the timeline, in words */
  differences: string[];
}

export interface Begin {
  inbox: string;
  conversation: string;
  settings: Settings;
  /**
   * RFC 3339. The rules cannot tell it: the conversation is made a moment before its first event is decided
   */
  created_at: string;
}

/** A survey as an episode shows it: without the episode. */
const shownSurvey = conversationRecord.shape.survey;

/** @param entries oldest first */
export function fold(begin: Begin, entries: TimelineEntry[]): Folded {
  let state: Conversation = notContacted(begin.conversation, Date.parse(begin.created_at));
  let { settings } = begin;
  const after = new Map<string, ConversationRecord>();
  const steps: Step[] = [];
  const differences: string[] = [];
  for (const entry of entries) {
    const event = eventOf(entry);
    if (event === null) {
      differences.push(`#${entry.seq} ${entry.type} ${entry.event}: its data is not such an event's`);
      continue;
    }
    if (event.type === 'settings_changed') ({ settings } = event);
    const now = Date.parse(entry.at);
    const decision = decide(state, event, settings, now);
    const stamp = { inbox: begin.inbox, seq: entry.seq, settings_version: 0, now };
    const step = stepOf(state, event, decision, stamp);
    differences.push(...differing(entry, step), ...untimely(entry, event, state));
    steps.push(step);
    ({ state } = decision);
    after.set(entry.event, toRecord(begin.inbox, state));
  }
  return { record: toRecord(begin.inbox, state), after, episodes: episodesOf(steps), differences, steps };
}

/** The event of an entry, or null if it cannot be one. */
function eventOf({ event: id, type, data }: TimelineEntry): AnyEvent | null {
  const timer = Object.values(TIMER_EVENTS).find((t): t is TimerEventType => t === type);
  if (timer)
    return typeof data.due_at === 'string' ? { id, type: timer, due_at: Date.parse(data.due_at) } : null;
  if (type === 'restored') return { id, type, row_seq: Number(data.row_seq) };
  if (type === 'settings_changed') {
    const settings = settingsSchema.safeParse(data.settings);
    if (!settings.success) return null;
    return { id, type, settings: settings.data, settings_version: Number(data.settings_version) };
  }
  const parsed = eventSchema.safeParse({ ...data, id, type });
  return parsed.success ? parsed.data : null;
}

function differing(told: TimelineEntry, { entry }: Step): string[] {
  const shown = ({ verdict, reason, rule, from, to, version }: TimelineEntry | Step['entry']) => ({
    verdict,
    why: reason ?? rule ?? null,
    from,
    to,
    version,
  });
  const [theirs, ours] = [shown(told), shown(entry)];
  if (isDeepStrictEqual(theirs, ours)) return [];
  const which = `#${told.seq} ${told.type} ${told.event}`;
  return [`${which}: the timeline says ${JSON.stringify(theirs)}, the rules ${JSON.stringify(ours)}`];
}

/** A timer acts on the current deadline, never on one that has moved. */
function untimely({ seq }: TimelineEntry, event: AnyEvent, { next }: Conversation): string[] {
  if (!('due_at' in event) || event.due_at === next?.due_at) return [];
  const [theirs, ours] = [iso(event.due_at), next ? iso(next.due_at) : 'never'];
  return [`#${seq} ${event.type} ${event.id}: due at ${theirs} in the timeline, by the rules ${ours}`];
}

function episodesOf(steps: Step[]): Folded['episodes'] {
  const episodes = new Map<number, EpisodeRecord>();
  const surveys = new Map<string, SurveyRecord & { episode: number }>();
  for (const step of steps) {
    if (step.episode) episodes.set(step.episode.episode, step.episode);
    for (const survey of step.surveys) surveys.set(survey.survey, survey);
  }
  return [...episodes.values()].map((episode) => {
    const last = [...surveys.values()].findLast((s) => s.episode === episode.episode);
    return { ...episode, survey: shownSurvey.parse(last ?? null) };
  });
}
