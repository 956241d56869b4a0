/** What the service would show of a conversation after these events. */
import type { Observed } from '../../examples/replay/verify';
import type { Decided, Sent } from '../../examples/replay/drive';
import { notContacted, type Conversation } from '../../src/domain/conversation';
import { decide } from '../../src/domain/decide';
import { eventSchema } from '../../src/domain/any-event';
import { TIMER_EVENTS, type AnyEvent } from '../../src/domain/events';
import { stepOf, type Step } from '../../src/domain/timeline';
import { iso, toRecord } from '../../src/domain/record';
import type { Settings } from '../../src/domain/settings';

export const BEGAN = Date.parse('2026-03-01T10:00:00Z');

export interface Happening {
  /** seconds after it began */
  at: number;
  /** as posted, or `settings_changed` with the inbox's new settings; timers are added when they are due */
  event: Record<string, unknown> & { id: string; type: string };
}

export function lived(
  first: Settings,
  happenings: Happening[],
  until = 3600,
): { sent: Sent[]; observed: Observed } {
  let state: Conversation = notContacted('c_1', BEGAN - 3);
  let settings = first;
  const steps: Step[] = [];
  const sent: Sent[] = [];
  const take = (event: AnyEvent, now: number): Decided => {
    const decision = decide(state, event, settings, now);
    const step = stepOf(state, event, decision, {
      inbox: 'i',
      seq: steps.length + 1,
      settings_version: 1,
      now,
    });
    steps.push(step);
    ({ state } = decision);
    const { verdict, reason, rule } = step.entry;
    return { verdict, why: reason ?? rule, conversation: toRecord('i', state) };
  };
  const timersUntil = (now: number) => {
    for (let next = state.next; next && next.due_at <= now; next = state.next) {
      const id = `@${TIMER_EVENTS[next.timer]}.${steps.length + 1}`;
      take({ id, type: TIMER_EVENTS[next.timer], due_at: next.due_at }, next.due_at + 7);
    }
  };
  for (const { at, event } of happenings) {
    timersUntil(BEGAN + at * 1000);
    if (event.type === 'settings_changed') {
      settings = event.settings as Settings;
      take({ id: event.id, type: 'settings_changed', settings, settings_version: 2 }, BEGAN + at * 1000);
      continue;
    }
    const decided = take(eventSchema.parse(event), BEGAN + at * 1000);
    const awaited = event.type !== 'message' && event.type !== 'agent_reply';
    sent.push({ event: event.id, type: event.type, accepted: true, took_ms: 5, ...(awaited && { decided }) });
  }
  timersUntil(BEGAN + until * 1000);
  return { sent, observed: shown(state, steps) };
}

/** As it is served. */
function timelineEntry({ reason, rule, ...entry }: Step['entry']): Observed['timeline'][number] {
  return { ...entry, by: null, ...(reason && { reason }), ...(rule && { rule }) };
}

function shown(state: Conversation, steps: Step[]): Observed {
  const episodes = new Map(steps.flatMap(({ episode }) => (episode ? [[episode.episode, episode]] : [])));
  const surveys = new Map(steps.flatMap((step) => step.surveys).map(({ episode, ...s }) => [episode, s]));
  return {
    conversation: toRecord('i', state),
    timeline: steps.map(({ entry }) => timelineEntry(entry)).reverse(),
    episodes: [...episodes.values()]
      .map((episode) => ({ ...episode, survey: surveys.get(episode.episode) ?? null }))
      .reverse(),
  };
}

/** RFC 3339, this many seconds after the beginning. */
export const at = (seconds: number) => iso(BEGAN + seconds * 1000);
