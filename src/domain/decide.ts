import { beforeTheTable } from './before-table';
import type { Conversation } from './conversation';
import { copyOf } from './copy';
import { withDeadlines } from './deadlines';
import { applied, ignored, type Decision, type Judgement, type Outcome } from './decision';
import { withDerivedFields } from './derived-fields';
import { effectsOf } from './effects';
import { TIMER_EVENTS, type AnyEvent, type TimerEvent } from './events';
import { closeQuiet, surveyTimedOut } from './rules/closing';
import { endSilent } from './rules/flows';
import { archive, snoozeOver } from './rules/inbox';
import type { Settings } from './settings';
import { lookUp } from './table';
import type { Context } from './transitions';

/**
 * What the service decides about an event. Pure and total: it has an answer for any event in any state, and
 * never throws.
 *
 * @param now epoch milliseconds; every time the decision stamps
 */
export function decide(c: Conversation, event: AnyEvent, settings: Settings, now: number): Decision {
  const judged = judge(c, event, settings, now);
  const effects = judged.verdict === 'applied' ? effectsOf(c, judged.state, event) : [];
  return { ...judged, effects };
}

/** The same without the effects, for callers that tell nobody. */
export function judge(c: Conversation, event: AnyEvent, settings: Settings, now: number): Judgement {
  const outcome = outcomeOf(c, event, { settings, now });
  if (outcome.verdict !== 'applied') return { ...outcome, state: c };
  const state = withDeadlines(withDerivedFields(c, outcome.state), settings); // a copy, which nobody else has
  state.version = c.version + 1;
  state.updated_at = now;
  return { verdict: 'applied', state };
}

function outcomeOf(c: Conversation, event: AnyEvent, x: Context): Outcome {
  switch (event.type) {
    case 'restored':
      return ignored('restored');
    case 'settings_changed':
      return settingsChanged(c, x.settings);
    case 'auto_close_due':
    case 'csat_timeout':
    case 'auto_archive_due':
    case 'flow_timeout':
    case 'snooze_over':
      return timerDue(c, event, x);
    default:
      return beforeTheTable(c, event) ?? lookUp(c, event, x);
  }
}

/** A timer never acts on a deadline that has moved. */
function timerDue(c: Conversation, e: TimerEvent, x: Context): Outcome {
  const { next } = c;
  if (!next || TIMER_EVENTS[next.timer] !== e.type || next.due_at > x.now) return ignored('no_change');
  switch (c.status) {
    case 'not_contacted':
      return ignored('no_change');
    case 'new':
    case 'in_progress':
      return e.type === 'snooze_over' ? snoozeOver(c, e, x) : closeQuiet(c, e, x);
    case 'in_flow':
      return endSilent(c, {}, x);
    case 'resolved':
      return surveyTimedOut(c, e, x);
    case 'closed':
      return archive(c, e, x);
  }
}

/** Computes the deadlines again. If none moves, the conversation is unchanged. */
function settingsChanged(c: Conversation, settings: Settings): Outcome {
  const moved = withDeadlines(c, settings);
  return JSON.stringify(moved) === JSON.stringify(copyOf(c)) ? ignored('no_change') : applied(moved);
}
