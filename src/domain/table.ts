import type { Conversation, Status } from './conversation';
import { ignored, refused, type Outcome, type Rule } from './decision';
import type { Event, EventOf, EventType } from './events';
import * as closing from './rules/closing';
import * as flows from './rules/flows';
import * as inbox from './rules/inbox';
import * as writing from './rules/writing';
import type { Context } from './transitions';

type Cell<S extends Status, E> = (c: Conversation & { status: S }, e: E, x: Context) => Outcome;
type Row<E> = { [S in Status]: Cell<S, E> };

const no = (rule: Rule) => () => refused(rule);
const nothing = () => ignored('no_change');

/** The table of statuses.md: a row an event, a column a status. */
const table: { [T in EventType]: Row<EventOf<T>> } = {
  message: {
    not_contacted: writing.wroteFirst,
    new: writing.wrote,
    in_progress: writing.wrote,
    in_flow: writing.wroteInFlow,
    resolved: writing.wroteAgain,
    closed: writing.wroteAfterClose,
  },
  agent_reply: {
    not_contacted: writing.repliedFirst,
    new: writing.replied,
    in_progress: writing.replied,
    in_flow: writing.replied,
    resolved: writing.replied,
    closed: writing.repliedAfterClose,
  },
  flow_start: {
    not_contacted: flows.beginFlow,
    new: flows.interruptWork,
    in_progress: flows.interruptWork,
    in_flow: flows.replaceFlow,
    resolved: flows.overtakeSurvey,
    closed: flows.beginFlow,
  },
  flow_end: {
    not_contacted: flows.stale,
    new: flows.stale,
    in_progress: flows.stale,
    in_flow: flows.endFlow,
    resolved: flows.stale,
    closed: flows.stale,
  },
  close: {
    not_contacted: no('not_open'),
    new: closing.closeWork,
    in_progress: closing.closeWork,
    in_flow: closing.closeWork,
    resolved: closing.closeResolved,
    closed: nothing,
  },
  csat_answer: {
    not_contacted: no('no_survey'),
    new: closing.answerLater,
    in_progress: closing.answerLater,
    in_flow: closing.answerLater,
    resolved: closing.answerPending,
    closed: closing.answerLater,
  },
  reopen: {
    not_contacted: no('not_closed'),
    new: no('not_closed'),
    in_progress: no('not_closed'),
    in_flow: no('not_closed'),
    resolved: closing.reopen,
    closed: closing.reopen,
  },
  assign: {
    not_contacted: no('not_open'),
    new: inbox.assign,
    in_progress: inbox.assign,
    in_flow: inbox.assign,
    resolved: inbox.assign,
    closed: no('not_open'),
  },
  mark_read: {
    not_contacted: no('not_open'),
    new: inbox.markRead,
    in_progress: inbox.markRead,
    in_flow: inbox.markRead,
    resolved: inbox.markRead,
    closed: inbox.markRead,
  },
  mark_unread: {
    not_contacted: no('not_open'),
    new: inbox.markUnread,
    in_progress: inbox.markUnread,
    in_flow: inbox.markUnread,
    resolved: inbox.markUnread,
    closed: inbox.markUnread,
  },
  tag_add: {
    not_contacted: no('not_open'),
    new: inbox.tag,
    in_progress: inbox.tag,
    in_flow: inbox.tag,
    resolved: inbox.tag,
    closed: inbox.tagClosed,
  },
  tag_remove: {
    not_contacted: no('not_open'),
    new: inbox.untag,
    in_progress: inbox.untag,
    in_flow: inbox.untag,
    resolved: inbox.untag,
    closed: no('tags_locked'),
  },
  archive: {
    not_contacted: no('not_closed'),
    new: no('not_closed'),
    in_progress: no('not_closed'),
    in_flow: inbox.archiveOpen,
    resolved: inbox.archiveOpen,
    closed: inbox.archive,
  },
  unarchive: {
    not_contacted: nothing,
    new: nothing,
    in_progress: nothing,
    in_flow: inbox.unarchive,
    resolved: inbox.unarchive,
    closed: inbox.unarchive,
  },
  snooze: {
    not_contacted: no('not_open'),
    new: inbox.snooze,
    in_progress: inbox.snooze,
    in_flow: no('not_open'),
    resolved: no('not_open'),
    closed: no('not_open'),
  },
  unsnooze: {
    not_contacted: nothing,
    new: inbox.unsnooze,
    in_progress: inbox.unsnooze,
    in_flow: nothing,
    resolved: nothing,
    closed: nothing,
  },
};

/** What the table says. The one cast: the cell found under an event's type and a status takes just those two. */
export function lookUp(c: Conversation, event: Event, x: Context): Outcome {
  const cell = table[event.type][c.status] as unknown as (c: Conversation, e: Event, x: Context) => Outcome;
  return cell(c, event, x);
}
