/** The rules of bot flows: how they start and end. */
import {
  MOST_TAGS,
  type Closed,
  type Conversation,
  type InFlow,
  type NotContacted,
  type Open,
  type Resolved,
} from '../conversation';
import { applied, ignored, refused, type Outcome } from '../decision';
import type { EventOf } from '../events';
import { addTags, awaitingPerson, begin, toClosed, toFlow, toWork, type Context } from '../transitions';
import { insideReopenWindow } from './messages';

type FlowStart = EventOf<'flow_start'>;
type FlowEnd = EventOf<'flow_end'>;
/** Any end of a flow. A timeout has no tags. */
type End = Pick<FlowEnd, 'tags'>;

export function beginFlow(c: NotContacted | Closed, e: FlowStart, x: Context): Outcome {
  return applied(toFlow(begin(c, e.source, x.now), e, null, x));
}

export function beginFlowUnlessForbidden(c: NotContacted, e: FlowStart, x: Context): Outcome {
  return x.settings.flows.allow_not_contacted ? beginFlow(c, e, x) : refused('not_contacted');
}

/** The flow answers the customer, who does not wait any more. */
export function answerByFlow(c: NotContacted | Open | Closed, e: FlowStart, x: Context): Outcome {
  const from = c.status === 'new' ? c : begin(c, e.source, x.now);
  return applied(toFlow({ ...from, unread: false, waiting_since: null }, e, null, x));
}

/** A bot may answer only an untouched conversation. After that a person is expected. */
export function answerUntouched(c: Open, e: FlowStart, x: Context): Outcome {
  return c.untouched ? answerByFlow(c, e, x) : refused('conversation_open');
}

export function answerAfterClose(c: Closed, e: FlowStart, x: Context): Outcome {
  return insideReopenWindow(c, x) ? refused('reopen_window') : answerByFlow(c, e, x);
}

/** Another start of the running execution changes nothing. */
export function refuseUnlessRunning(c: InFlow, e: FlowStart): Outcome {
  return e.execution === c.flow.execution ? ignored('no_change') : refused('in_flow');
}

export function interruptWork(c: Open, e: FlowStart, x: Context): Outcome {
  return applied(toFlow(c, e, c.status, x));
}

export function overtakeSurvey(c: Resolved, e: FlowStart, x: Context): Outcome {
  return applied(toFlow(c, e, null, x));
}

/** The new flow keeps what the replaced one interrupted. */
export function replaceFlow(c: InFlow, e: FlowStart, x: Context): Outcome {
  if (e.execution === c.flow.execution) return ignored('no_change');
  return applied(toFlow(c, e, c.flow.interrupted, x));
}

export function endWithAssign(c: InFlow, e: FlowEnd, { now }: Context): Outcome {
  const assignee = { team: e.assign?.team ?? null, agent: e.assign?.agent ?? null };
  return applied(awaitingPerson({ ...toWork(tagged(c, e), 'in_progress', now), assignee }, now));
}

/**
 * Goes back to the work that it interrupted; else to the agent who was assigned while it ran; else as the
 * inbox's settings say.
 */
export function endWell(c: InFlow, e: End, x: Context): Outcome {
  return applied(after(tagged(c, e), x.settings.flows.end_status, x));
}

export function endBadly(c: InFlow, e: End, { now }: Context): Outcome {
  const status = c.flow.interrupted ?? (c.flow.assigned ? 'in_progress' : 'new');
  return applied(awaitingPerson(toWork(tagged(c, e), status, now), now));
}

/**
 * If the customer wrote, a person should look. If not, nobody waits: a broadcast without an answer must not
 * make work.
 */
export function endSilent(c: InFlow, e: End, x: Context): Outcome {
  return c.flow.customer_wrote ? endBadly(c, e, x) : applied(after(tagged(c, e), 'closed', x));
}

function after(c: InFlow, end_status: 'closed' | 'new', { now }: Context): Conversation {
  const { interrupted, assigned } = c.flow;
  if (interrupted)
    return assigned ? awaitingPerson(toWork(c, interrupted, now), now) : toWork(c, interrupted, now);
  if (assigned) return awaitingPerson(toWork(c, 'in_progress', now), now);
  if (end_status === 'new') return awaitingPerson(toWork(c, 'new', now), now);
  // messages in a flow are not unread, so `unread` is an agent's mark here, and the mark stays
  return { ...toClosed(c, { by: 'flow', agent: null, reason: null }, now), unread: c.unread };
}

/** A flow's tags are added first, with any end. Tags beyond the limit are left out. */
function tagged(c: InFlow, { tags = [] }: End): InFlow {
  return { ...c, tags: addTags(c.tags, tags).slice(0, Math.max(MOST_TAGS, c.tags.length)) };
}
