/** The rules of what agents do in the inbox: assign, tag, read, archive, snooze, block. */
import {
  MOST_TAGS,
  type Assignee,
  type Closed,
  type Conversation,
  type InFlow,
  type Open,
} from '../conversation';
import { applied, ignored, refused, type Outcome } from '../decision';
import type { EventOf, TimerEvent } from '../events';
import { addTags, type Context } from '../transitions';

const unchanged = () => ignored('no_change');

export function assign(c: Conversation, e: EventOf<'assign'>): Outcome {
  const assignee = assigneeBy(c.assignee, e);
  const same = assignee.team === c.assignee.team && assignee.agent === c.assignee.agent;
  return same ? unchanged() : applied({ ...c, assignee });
}

/** Remembers that somebody was assigned while the flow ran: at its end the conversation is unread. */
export function assignInFlow(c: InFlow, e: EventOf<'assign'>): Outcome {
  const { team, agent } = assigneeBy(c.assignee, e);
  const somebody =
    (team !== null && team !== c.assignee.team) || (agent !== null && agent !== c.assignee.agent);
  return assign(somebody ? { ...c, flow: { ...c.flow, assigned: true } } : c, e);
}

/** Sets the parts that the event names; the others stay. */
function assigneeBy(current: Assignee, { team, agent }: EventOf<'assign'>): Assignee {
  return {
    team: team === undefined ? current.team : team,
    agent: agent === undefined ? current.agent : agent,
  };
}

export function markRead(c: Conversation): Outcome {
  return c.unread ? applied({ ...c, unread: false }) : unchanged();
}

export function markUnread(c: Conversation): Outcome {
  return c.unread ? unchanged() : applied({ ...c, unread: true });
}

/** Tags can be removed until the conversation closes. */
export function tag(c: Conversation, e: EventOf<'tag_add'>): Outcome {
  return tagged(c, addTags(c.tags, e.tags));
}

export function tagClosed(c: Closed, e: EventOf<'tag_add'>): Outcome {
  return tagged(c, addTags(c.tags, e.tags, true));
}

function tagged(c: Conversation, tags: Conversation['tags']): Outcome {
  if (tags === c.tags) return unchanged();
  return tags.length > MOST_TAGS ? refused('too_many_tags') : applied({ ...c, tags });
}

export function untag(c: Conversation, e: EventOf<'tag_remove'>): Outcome {
  const there = c.tags.filter((t) => e.tags.includes(t.name));
  if (there.some((t) => t.locked)) return refused('tags_locked');
  if (there.length === 0) return unchanged();
  return applied({ ...c, tags: c.tags.filter((t) => !there.includes(t)) });
}

export function archive(c: Closed, _: EventOf<'archive'> | TimerEvent, { now }: Context): Outcome {
  return c.archived ? unchanged() : applied({ ...c, archived: true, archived_at: now });
}

/** Only a closed conversation can be archived. In a flow or a survey it may still be archived from before. */
export function archiveOpen(c: Conversation): Outcome {
  return c.archived ? unchanged() : refused('not_closed');
}

export function unarchive(c: Conversation): Outcome {
  if (!c.archived) return unchanged();
  const out = { ...c, archived: false, archived_at: null };
  return applied(out.status === 'closed' ? { ...out, kept_unarchived: true } : out);
}

export function snooze(c: Open, e: EventOf<'snooze'>): Outcome {
  const snoozed_until = Date.parse(e.until);
  return snoozed_until === c.snoozed_until ? unchanged() : applied({ ...c, snoozed_until });
}

export function unsnooze(c: Open, _: EventOf<'unsnooze'>, { now }: Context): Outcome {
  return c.snoozed_until === null
    ? unchanged()
    : applied({ ...c, snoozed_until: null, last_activity_at: now });
}

export function snoozeOver(c: Open, _: TimerEvent, { now }: Context): Outcome {
  return applied({ ...c, snoozed_until: null, last_activity_at: now, unread: true });
}

export function block(c: Conversation): Outcome {
  return c.blocked ? unchanged() : applied({ ...c, blocked: true });
}

export function unblock(c: Conversation): Outcome {
  return c.blocked ? applied({ ...c, blocked: false }) : unchanged();
}

export function optOut(c: Conversation): Outcome {
  return c.opted_out ? unchanged() : applied({ ...c, opted_out: true });
}

export function optIn(c: Conversation): Outcome {
  return c.opted_out ? applied({ ...c, opted_out: false }) : unchanged();
}
