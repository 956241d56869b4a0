import {
  MOST_AGENTS,
  NOBODY,
  type Closed,
  type CloseFacts,
  type Conversation,
  type Flow,
  type InFlow,
  type Open,
  type Opener,
  type Resolved,
  type Tag,
} from './conversation';
import { common } from './copy';
import { after } from './deadlines';
import { saidAt, type EventOf } from './events';
import type { Settings } from './settings';
import { askSurvey, superseded } from './surveys';

/** What every cell of the table gets besides the conversation and the event. */
export interface Context {
  settings: Settings;
  now: number;
}

/**
 * *begin*: the next episode. What belongs to the ended one stays with it; an agent's mark of unread stays on
 * the conversation.
 */
export function begin<C extends Conversation>(c: C, opened_by: Opener, now: number): C {
  return {
    ...c,
    episode: c.episode + 1,
    opened_by,
    untouched: true,
    assignee: NOBODY,
    tags: [],
    waiting_since: null,
    started_at: now,
    first_reply_at: null,
    last_word: null,
    agents: [],
  };
}

/**
 * To `new` or `in_progress`: unarchived, and a pending survey is superseded. Also *resume*, in the same
 * episode.
 */
export function toWork(c: Conversation, status: Open['status'], now: number): Open {
  return Object.assign(common(c), {
    status,
    archived: false,
    archived_at: null,
    survey: superseded(c.survey),
    snoozed_until: null,
    last_activity_at: now,
  });
}

/** To `in_flow`. An archived conversation stays archived. */
export function toFlow(
  c: Conversation,
  e: EventOf<'flow_start'>,
  interrupted: Flow['interrupted'],
  { settings, now }: Context,
): InFlow {
  return Object.assign(common(c), {
    status: 'in_flow' as const,
    survey: superseded(c.survey),
    last_activity_at: now,
    flow: {
      flow: e.flow,
      execution: e.execution,
      source: e.source,
      has_priority: e.has_priority,
      started_at: now,
      last_activity_at: now,
      expires_at: after(now, settings.flows.timeout_seconds),
      interrupted,
      assigned: false,
      customer_wrote: false,
    },
  });
}

/** To `resolved`: the survey goes out. It rates the assigned agent, else the agent who closed. */
export function toResolved(c: Conversation, close: CloseFacts, { settings, now }: Context): Resolved {
  return Object.assign(common(c), {
    status: 'resolved' as const,
    unread: false,
    waiting_since: null,
    last_activity_at: now,
    close,
    ...askSurvey(c, c.assignee.agent ?? close.agent, settings, now),
  });
}

/** To `closed`: tags are locked, and `closed_at` is set. */
export function toClosed(c: Conversation, close: CloseFacts, now: number): Closed {
  return Object.assign(common(c), {
    status: 'closed' as const,
    unread: false,
    waiting_since: null,
    last_activity_at: now,
    tags: c.tags.map((t) => ({ ...t, locked: true })),
    close,
    closed_at: now,
    kept_unarchived: false,
  });
}

/**
 * For every customer's message that is applied: the channel's window counts from the message's own time and
 * never moves back.
 */
export function heard<C extends Conversation>(c: C, e: EventOf<'message'>, now: number): C {
  return {
    ...c,
    last_customer_message_at: now,
    window_opened_at: Math.max(c.window_opened_at ?? -Infinity, saidAt(e, now)),
  };
}

/** A customer's message for a person. */
export function customerWrote(c: Open, e: EventOf<'message'>, now: number): Open {
  return {
    ...heard(c, e, now),
    unread: true,
    waiting_since: c.waiting_since ?? saidAt(e, now),
    snoozed_until: null,
    last_activity_at: now,
    last_word: 'customer',
  };
}

/**
 * A person answered: any conversation is now in progress. `agent` is null if the channel does not know the
 * name.
 */
export function agentReplied(c: Conversation, agent: string | null, { settings, now }: Context): Open {
  const takes = settings.assign_on_reply && c.assignee.agent === null;
  return {
    ...toWork(c, 'in_progress', now),
    unread: false,
    waiting_since: null,
    assignee: takes ? { ...c.assignee, agent } : c.assignee,
    first_reply_at: c.first_reply_at ?? now,
    last_agent_reply_at: now,
    last_word: 'business',
    agents: agent === null ? c.agents : withAgent(c.agents, agent),
  };
}

function withAgent(agents: string[], agent: string): string[] {
  return agents.includes(agent) || agents.length >= MOST_AGENTS ? agents : [...agents, agent];
}

/** A person should look at it. */
export function awaitingPerson(c: Open, now: number): Open {
  return { ...c, unread: true, waiting_since: c.waiting_since ?? now };
}

/** Adds the tags that are not there yet. */
export function addTags(tags: Tag[], names: string[], locked = false): Tag[] {
  const missing = [...new Set(names)].filter((name) => !tags.some((t) => t.name === name));
  return missing.length === 0 ? tags : [...tags, ...missing.map((name) => ({ name, locked }))];
}
