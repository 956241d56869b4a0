/** The customer or an agent wrote. */
import type { Closed, Conversation, InFlow, Open } from '../conversation';
import { applied, ignored } from '../decision';
import { after } from '../deadlines';
import type { EventOf } from '../events';
import { agentReplied, begin, customerWrote, toWork, type Context } from '../transitions';

type Message = EventOf<'message'>;
type Reply = EventOf<'agent_reply'>;

/** A window of 0 is no window, even by a clock that stands before the close. */
function insideReopenWindow(c: Closed, { settings, now }: Context): boolean {
  const until = after(c.closed_at, settings.reopen_window_seconds || null);
  return until !== null && now < until;
}

export function wroteFirst(c: Conversation, _: Message, { now }: Context) {
  return applied(customerWrote(toWork(begin(c, now), 'new', now), now));
}

export function wrote(c: Open, _: Message, { now }: Context) {
  return applied(customerWrote(c, now));
}

/** The flow has it: nobody is told to look. */
export function wroteInFlow(c: InFlow, _: Message, { now }: Context) {
  return applied({ ...c, last_customer_message_at: now, last_activity_at: now, last_word: 'customer' });
}

export function wroteAgain(c: Conversation, _: Message, { now }: Context) {
  return applied(customerWrote(toWork(c, 'in_progress', now), now));
}

export function wroteAfterClose(c: Closed, e: Message, x: Context) {
  return insideReopenWindow(c, x) ? wroteAgain(c, e, x) : wroteFirst(c, e, x);
}

export function replied(c: Conversation, e: Reply, x: Context) {
  return applied(agentReplied(c, e.agent, x));
}

export function repliedFirst(c: Conversation, e: Reply, x: Context) {
  return replied(begin(c, x.now), e, x);
}

export function repliedAfterClose(c: Closed, e: Reply, x: Context) {
  return insideReopenWindow(c, x) ? replied(c, e, x) : repliedFirst(c, e, x);
}

export const reaction = ignored('reaction');
