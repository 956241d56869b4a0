import type { Conversation, Status } from './conversation';
import { ignored, refused, type Outcome, type Reason, type Rule } from './decision';
import type { Event, EventOf, EventType } from './events';
import * as closing from './rules/closing';
import * as flows from './rules/flows';
import * as inbox from './rules/inbox';
import * as messages from './rules/messages';
import type { Context } from './transitions';

type Cell<S extends Status, E> = (c: Conversation & { status: S }, e: E, x: Context) => Outcome;
type Row<E> = { [S in Status]: Cell<S, E> };

const no = (rule: Rule) => () => refused(rule);
const nothing = (reason: Reason = 'no_change') => {
  return () => ignored(reason);
};
const everywhere = <E>(cell: Cell<Status, E>): Row<E> => ({
  not_contacted: cell,
  new: cell,
  in_progress: cell,
  in_flow: cell,
  resolved: cell,
  closed: cell,
});

/*
 * The rows of the table in docs/statuses.md, in its order and with its words. `before-table.ts` has the checks before
 * the table.
 */

const message: Row<EventOf<'message'>> = {
  not_contacted: messages.wroteFirst,
  new: messages.wrote,
  in_progress: messages.wrote,
  in_flow: messages.wroteInFlow,
  resolved: messages.wroteAgain,
  closed: messages.wroteAfterClose,
};

const messageWithRating = (rating: number): Row<EventOf<'message'>> => ({
  ...message,
  resolved: (c, e, x) => closing.ratePending(c, e, rating, x),
  closed: (c, e, x) => closing.rateLate(c, e, rating, x) ?? rowOfKind(e).closed(c, e, x),
});

const messageOfKindCourtesy: Row<EventOf<'message'>> = {
  ...message,
  resolved: nothing('courtesy'),
  closed: nothing('courtesy'),
};

const agentReply: Row<EventOf<'agent_reply'>> = {
  not_contacted: messages.repliedFirst,
  new: messages.replied,
  in_progress: messages.replied,
  in_flow: messages.replied,
  resolved: messages.replied,
  closed: messages.repliedAfterClose,
};

const automaticMessage: Row<EventOf<'automatic_message'>> = {
  not_contacted: messages.wroteByItself,
  new: messages.wroteByItselfInWork,
  in_progress: messages.wroteByItselfInWork,
  in_flow: messages.wroteByItselfInFlow,
  resolved: messages.wroteByItself,
  closed: messages.wroteByItself,
};

const flowStart: Row<EventOf<'flow_start'>> = {
  not_contacted: flows.beginFlowUnlessForbidden,
  new: no('conversation_open'),
  in_progress: no('conversation_open'),
  in_flow: flows.refuseUnlessRunning,
  resolved: no('awaiting_csat'),
  closed: flows.beginFlow,
};

const flowStartInbound: Row<EventOf<'flow_start'>> = {
  not_contacted: flows.answerByFlow,
  new: flows.answerUntouched,
  in_progress: no('conversation_open'),
  in_flow: flows.refuseUnlessRunning,
  resolved: no('awaiting_csat'),
  closed: flows.answerAfterClose,
};

const flowStartWithPriority: Row<EventOf<'flow_start'>> = {
  not_contacted: flows.beginFlow,
  new: flows.interruptWork,
  in_progress: flows.interruptWork,
  in_flow: flows.replaceFlow,
  resolved: flows.overtakeSurvey,
  closed: flows.beginFlow,
};

const flowEndOtherwise: Row<EventOf<'flow_end'>> = everywhere(nothing('stale_flow'));

const flowEndWithAssign: Row<EventOf<'flow_end'>> = { ...flowEndOtherwise, in_flow: flows.endWithAssign };
const flowEndCompletedOrCancelled: Row<EventOf<'flow_end'>> = { ...flowEndOtherwise, in_flow: flows.endWell };
const flowEndFailed: Row<EventOf<'flow_end'>> = { ...flowEndOtherwise, in_flow: flows.endBadly };
const flowEndExpired: Row<EventOf<'flow_end'>> = { ...flowEndOtherwise, in_flow: flows.endSilent };

const close: Row<EventOf<'close'>> = {
  not_contacted: no('not_open'),
  new: closing.closeWork,
  in_progress: closing.closeWork,
  in_flow: closing.closeWork,
  resolved: closing.closeResolved,
  closed: nothing(),
};

const csatAnswer: Row<EventOf<'csat_answer'>> = {
  not_contacted: no('no_survey'),
  new: closing.answerLater,
  in_progress: closing.answerLater,
  in_flow: closing.answerLater,
  resolved: closing.answerPending,
  closed: closing.answerLater,
};

const surveyFailed: Row<EventOf<'survey_failed'>> = {
  ...everywhere(no('no_survey')),
  resolved: closing.failPending,
};

const reopen: Row<EventOf<'reopen'>> = {
  not_contacted: no('not_closed'),
  new: no('not_closed'),
  in_progress: no('not_closed'),
  in_flow: no('not_closed'),
  resolved: closing.reopen,
  closed: closing.reopen,
};

const assign: Row<EventOf<'assign'>> = {
  not_contacted: no('not_open'),
  new: inbox.assign,
  in_progress: inbox.assign,
  in_flow: inbox.assignInFlow,
  resolved: inbox.assign,
  closed: no('not_open'),
};

const tagAdd: Row<EventOf<'tag_add'>> = {
  not_contacted: no('not_open'),
  new: inbox.tag,
  in_progress: inbox.tag,
  in_flow: inbox.tag,
  resolved: inbox.tag,
  closed: inbox.tagClosed,
};

const tagRemove: Row<EventOf<'tag_remove'>> = {
  not_contacted: no('not_open'),
  new: inbox.untag,
  in_progress: inbox.untag,
  in_flow: inbox.untag,
  resolved: inbox.untag,
  closed: no('tags_locked'),
};

const archive: Row<EventOf<'archive'>> = {
  not_contacted: no('not_closed'),
  new: no('not_closed'),
  in_progress: no('not_closed'),
  in_flow: inbox.archiveOpen,
  resolved: inbox.archiveOpen,
  closed: inbox.archive,
};

const snooze: Row<EventOf<'snooze'>> = {
  not_contacted: no('not_open'),
  new: inbox.snooze,
  in_progress: inbox.snooze,
  in_flow: no('not_open'),
  resolved: no('not_open'),
  closed: no('not_open'),
};

/*
 * The rows that docs/statuses.md gives below its table: they work in every status, or where there is something to
 * undo.
 */

const unarchive: Row<EventOf<'unarchive'>> = everywhere(inbox.unarchive);
const unsnooze: Row<EventOf<'unsnooze'>> = {
  ...everywhere(nothing()),
  new: inbox.unsnooze,
  in_progress: inbox.unsnooze,
};
const markRead: Row<EventOf<'mark_read'>> = {
  ...everywhere(inbox.markRead),
  not_contacted: no('not_open'),
};
const markUnread: Row<EventOf<'mark_unread'>> = {
  ...everywhere(inbox.markUnread),
  not_contacted: no('not_open'),
};
const csatComment: Row<EventOf<'csat_comment'>> = everywhere(closing.commentLater);
const block: Row<EventOf<'block'>> = everywhere(inbox.block);
const unblock: Row<EventOf<'unblock'>> = everywhere(inbox.unblock);
const optOut: Row<EventOf<'opt_out'>> = everywhere(inbox.optOut);
const optIn: Row<EventOf<'opt_in'>> = everywhere(inbox.optIn);

/** The row of each type of event. If a type has several rows, the event's fields choose one. */
const rowOf: { [T in EventType]: (e: EventOf<T>, c: Conversation) => Row<EventOf<T>> } = {
  message: (e) => (e.rating === undefined ? rowOfKind(e) : messageWithRating(e.rating)),
  agent_reply: () => agentReply,
  automatic_message: () => automaticMessage,
  flow_start: (e) =>
    e.has_priority ? flowStartWithPriority : e.source === 'inbound' ? flowStartInbound : flowStart,
  flow_end: rowOfFlowEnd,
  close: () => close,
  csat_answer: () => csatAnswer,
  csat_comment: () => csatComment,
  survey_failed: () => surveyFailed,
  reopen: () => reopen,
  assign: () => assign,
  mark_read: () => markRead,
  mark_unread: () => markUnread,
  tag_add: () => tagAdd,
  tag_remove: () => tagRemove,
  archive: () => archive,
  unarchive: () => unarchive,
  snooze: () => snooze,
  unsnooze: () => unsnooze,
  block: () => block,
  unblock: () => unblock,
  opt_out: () => optOut,
  opt_in: () => optIn,
};

function rowOfKind(e: EventOf<'message'>): Row<EventOf<'message'>> {
  return e.kind === 'courtesy' ? messageOfKindCourtesy : message;
}

function rowOfFlowEnd(e: EventOf<'flow_end'>, c: Conversation): Row<EventOf<'flow_end'>> {
  if (c.status !== 'in_flow' || c.flow.execution !== e.execution) return flowEndOtherwise;
  if (e.assign) return flowEndWithAssign;
  switch (e.outcome) {
    case 'completed':
    case 'cancelled':
      return flowEndCompletedOrCancelled;
    case 'failed':
      return flowEndFailed;
    case 'expired':
      return flowEndExpired;
  }
}

/**
 * Looks up the table. The only casts: the cell in an event's row and a status's column accepts exactly these
 * two.
 */
export function lookUp(c: Conversation, event: Event, x: Context): Outcome {
  const row = (rowOf[event.type] as (e: Event, c: Conversation) => Row<Event>)(event, c);
  return (row[c.status] as Cell<Status, Event>)(c, event, x);
}
