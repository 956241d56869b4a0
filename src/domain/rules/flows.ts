/** Bot flows start and end. */
import type { Closed, Conversation, InFlow, NotContacted, Open, Status } from '../conversation';
import { applied, ignored, refused, type Outcome, type Rule } from '../decision';
import type { EventOf, TimerEvent } from '../events';
import type { Settings } from '../settings';
import { addTags, awaitingPerson, begin, toClosed, toFlow, toWork, type Context } from '../transitions';

type FlowStart = EventOf<'flow_start'>;
type FlowEnd = EventOf<'flow_end'>;

/**
 * Why a flow or broadcast may not reach a conversation, or null when it may
 * (statuses.md, "Broadcasts": the one place this is decided, for single events and for audiences of millions).
 */
export function blockedBy(status: Status, has_priority: boolean, settings: Settings): Rule | null {
  if (has_priority) return null;
  switch (status) {
    case 'not_contacted':
      return settings.flows.allow_not_contacted ? null : 'not_contacted';
    case 'new':
    case 'in_progress':
      return 'conversation_open';
    case 'in_flow':
      return 'in_flow';
    case 'resolved':
      return 'awaiting_csat';
    case 'closed':
      return null;
  }
}

function unlessBlocked(start: (c: Conversation, e: FlowStart, x: Context) => Conversation) {
  return (c: Conversation, e: FlowStart, x: Context): Outcome => {
    const rule = blockedBy(c.status, e.has_priority, x.settings);
    return rule ? refused(rule) : applied(start(c, e, x));
  };
}

export const beginFlow = unlessBlocked((c: NotContacted | Closed | Conversation, e, x) =>
  toFlow(begin(c, x.now), e, null, x),
);

export function interruptWork(c: Open, e: FlowStart, x: Context): Outcome {
  return unlessBlocked((from) => toFlow(from, e, c.status, x))(c, e, x);
}

export const overtakeSurvey = unlessBlocked((c, e, x) => toFlow(c, e, null, x));

/** What the running flow interrupted is kept for its replacement. */
export function replaceFlow(c: InFlow, e: FlowStart, x: Context): Outcome {
  if (e.execution === c.flow.execution) return ignored('no_change');
  return unlessBlocked((from) => toFlow(from, e, c.flow.interrupted, x))(c, e, x);
}

export function endFlow(c: InFlow, e: FlowEnd, x: Context): Outcome {
  if (e.execution !== c.flow.execution) return ignored('stale_flow');
  const tagged = { ...c, tags: addTags(c.tags, e.tags ?? []) };
  if (e.assign) return applied(handOver(tagged, e.assign, x));
  return applied(e.outcome === 'failed' ? afterFailure(tagged, x) : afterFlow(tagged, x));
}

export const stale = () => ignored('stale_flow');

export function flowTimedOut(c: InFlow, _: TimerEvent, x: Context): Outcome {
  return applied(afterFailure(c, x));
}

function handOver(c: InFlow, assign: NonNullable<FlowEnd['assign']>, { now }: Context): Open {
  const assignee = { team: assign.team ?? null, agent: assign.agent ?? null };
  return awaitingPerson({ ...toWork(c, 'in_progress', now), assignee }, now);
}

/** Back to what it interrupted, as it was; else as the inbox's settings say. */
function afterFlow(c: InFlow, { settings, now }: Context): Conversation {
  if (c.flow.interrupted) return toWork(c, c.flow.interrupted, now);
  return settings.flows.end_status === 'closed'
    ? toClosed(c, { by: 'flow', agent: null, reason: null }, now)
    : awaitingPerson(toWork(c, 'new', now), now);
}

function afterFailure(c: InFlow, { now }: Context): Open {
  return awaitingPerson(toWork(c, c.flow.interrupted ?? 'new', now), now);
}
