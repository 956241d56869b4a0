/** The rules of messages from the customer, from agents, and automatic ones from the business. */
import {
  NOBODY,
  type Closed,
  type Conversation,
  type InFlow,
  type Open,
  type Resolved,
} from '../conversation';
import { applied, type Outcome } from '../decision';
import { after } from '../deadlines';
import type { EventOf } from '../events';
import { agentReplied, begin, customerWrote, heard, toWork, type Context } from '../transitions';

type Message = EventOf<'message'>;
type Reply = EventOf<'agent_reply'>;
type Automatic = EventOf<'automatic_message'>;

/** A window of 0 is no window, also if the clock went back to before the close. */
export function insideReopenWindow(c: Closed, { settings, now }: Context): boolean {
  const until = after(c.closed_at, settings.reopen_window_seconds || null);
  return until !== null && now < until;
}

export function wroteFirst(c: Conversation, e: Message, { now }: Context): Outcome {
  return applied(customerWrote(toWork(begin(c, 'message', now), 'new', now), e, now));
}

export function wrote(c: Open, e: Message, { now }: Context): Outcome {
  return applied(customerWrote(c, e, now));
}

/** The flow reads the message, so it is not unread. */
export function wroteInFlow(c: InFlow, e: Message, { now }: Context): Outcome {
  const flow = { ...c.flow, last_activity_at: now, customer_wrote: true };
  return applied({ ...heard(c, e, now), flow, last_activity_at: now, last_word: 'customer' });
}

/** Back to work in the same episode, with the same assignee unless the inbox's settings clear it. */
export function wroteAgain(c: Resolved | Closed, e: Message, { settings, now }: Context): Outcome {
  const assignee = settings.assignee_on_resume === 'clear' ? NOBODY : c.assignee;
  return applied(customerWrote(toWork({ ...c, assignee }, 'in_progress', now), e, now));
}

export function wroteAfterClose(c: Closed, e: Message, x: Context): Outcome {
  return insideReopenWindow(c, x) ? wroteAgain(c, e, x) : wroteFirst(c, e, x);
}

export function replied(c: Conversation, e: Reply, x: Context): Outcome {
  return applied(agentReplied(c, e.agent, x));
}

export function repliedFirst(c: Conversation, e: Reply, x: Context): Outcome {
  return replied(begin(c, 'agent_reply', x.now), e, x);
}

export function repliedAfterClose(c: Closed, e: Reply, x: Context): Outcome {
  return insideReopenWindow(c, x) ? replied(c, e, x) : repliedFirst(c, e, x);
}

/** No person wrote, so the status and `unread` stay. */
export function wroteByItself(c: Conversation, _: Automatic, { now }: Context): Outcome {
  return applied({ ...c, last_automatic_message_at: now });
}

/** If it answers the customer, it is the business's last word. If not, the customer still waits. */
export function wroteByItselfInWork(c: Open, e: Automatic, x: Context): Outcome {
  if (!e.answers) return wroteByItself(c, e, x);
  return wroteByItself({ ...c, waiting_since: null, last_word: 'business', last_activity_at: x.now }, e, x);
}

/** A sign of life of the flow. */
export function wroteByItselfInFlow(c: InFlow, e: Automatic, x: Context): Outcome {
  return wroteByItself({ ...c, flow: { ...c.flow, last_activity_at: x.now } }, e, x);
}
