/** The state of a conversation. Plain JSON; every time is epoch milliseconds. */

export const STATUSES = ['not_contacted', 'new', 'in_progress', 'in_flow', 'resolved', 'closed'] as const;
export type Status = (typeof STATUSES)[number];

export const TIMERS = ['auto_close', 'csat_timeout', 'auto_archive', 'flow_timeout', 'snooze'] as const;
export type Timer = (typeof TIMERS)[number];

/** What can begin an episode. */
export const OPENERS = ['message', 'agent_reply', 'flow', 'broadcast', 'inbound'] as const;
export type Opener = (typeof OPENERS)[number];

export const FLOW_SOURCES = ['flow', 'broadcast', 'inbound'] as const;
export const SURVEY_STATES = ['pending', 'answered', 'expired', 'superseded', 'failed'] as const;
export const CLOSERS = ['agent', 'api', 'auto_close', 'flow'] as const;
export const WAITED_ON = ['agent', 'customer', 'bot', 'survey', 'nobody'] as const;

/** How much a conversation keeps. */
export const MOST_TAGS = 100;
export const MOST_AGENTS = 100;
export const MOST_SURVEYS_NAMED = 20;
export const MOST_EXECUTIONS_ENDED = 20;

export interface Deadline {
  timer: Timer;
  due_at: number;
}

export interface Assignee {
  team: string | null;
  agent: string | null;
}

export interface Tag {
  name: string;
  locked: boolean;
}

export interface Flow {
  flow: string;
  execution: string;
  source: (typeof FLOW_SOURCES)[number];
  has_priority: boolean;
  started_at: number;
  /** its last sign of life: its start, a customer's message, an automatic message */
  last_activity_at: number;
  /** null while `flows.timeout_seconds` is off */
  expires_at: number | null;
  /** the status of the work that it interrupted and goes back to */
  interrupted: 'new' | 'in_progress' | null;
  /** somebody was assigned while it ran */
  assigned: boolean;
  /** the customer wrote while it ran */
  customer_wrote: boolean;
}

export interface Survey {
  /** `<conversation>.<n>`, n counting the surveys of the conversation from 1 */
  survey: string;
  /** the episode it asks about */
  episode: number;
  state: (typeof SURVEY_STATES)[number];
  /** the agent it rates; null if nobody was assigned and the close named nobody */
  agent: string | null;
  asked_at: number;
  expires_at: number | null;
  score: number | null;
  comment: string | null;
  answered_at: number | null;
  late: boolean;
  /** why it could not be delivered */
  failure: string | null;
}

/** Who ended the work, and why. */
export interface CloseFacts {
  by: (typeof CLOSERS)[number];
  agent: string | null;
  reason: string | null;
}

export interface Common {
  conversation: string;
  /** the number of applied decisions */
  version: number;
  episode: number;
  unread: boolean;
  archived: boolean;
  archived_at: number | null;
  assignee: Assignee;
  /** the contact is a nuisance: messages are ignored, flows are refused, no survey is asked */
  blocked: boolean;
  /** the contact wants no broadcasts */
  opted_out: boolean;
  /** what began the episode; null before the first one */
  opened_by: Opener | null;
  /** nothing but messages and automatic messages in this episode: a bot may still answer it */
  untouched: boolean;
  tags: Tag[];
  /** the last survey that went out, with any result */
  survey: Survey | null;
  /** earlier surveys that an answer may still name, newest first: with the last one at most {@link MOST_SURVEYS_NAMED} */
  past_surveys: Survey[];
  /** how many surveys ever went out */
  survey_count: number;
  /**
   * the last executions that ended, newest first, at most {@link MOST_EXECUTIONS_ENDED}: they cannot start
   * again
   */
  ended_executions: string[];
  /** the own time of the first customer message that nobody has answered yet */
  waiting_since: number | null;
  started_at: number | null;
  first_reply_at: number | null;
  last_customer_message_at: number | null;
  last_agent_reply_at: number | null;
  last_automatic_message_at: number | null;
  /** the latest own time of the customer's messages, from which the channel's window counts */
  window_opened_at: number | null;
  /** until when the channel allows the business to write freely */
  window_closes_at: number | null;
  /** last customer message, agent reply, answering automatic message, change of status or end of a snooze */
  last_activity_at: number;
  /** who spoke last in this episode */
  last_word: 'customer' | 'business' | null;
  /** the agents who replied in this episode, in order of their first reply: the first {@link MOST_AGENTS} */
  agents: string[];
  /** the timer due next */
  next: Deadline | null;
  created_at: number;
  updated_at: number;
}

export interface NotContacted extends Common {
  status: 'not_contacted';
}

export interface Open extends Common {
  status: 'new' | 'in_progress';
  snoozed_until: number | null;
}

export interface InFlow extends Common {
  status: 'in_flow';
  flow: Flow;
}

export interface Resolved extends Common {
  status: 'resolved';
  survey: Survey;
  close: CloseFacts;
}

export interface Closed extends Common {
  status: 'closed';
  close: CloseFacts;
  closed_at: number;
  /** somebody unarchived it since it closed: auto-archive does not act */
  kept_unarchived: boolean;
}

export type Conversation = NotContacted | Open | InFlow | Resolved | Closed;

export const NOBODY: Assignee = { team: null, agent: null };

/** Who has the next word. It is derived, so the state does not hold it. */
export function waitingOn(c: Conversation): (typeof WAITED_ON)[number] {
  switch (c.status) {
    case 'in_flow':
      return 'bot';
    case 'resolved':
      return 'survey';
    case 'not_contacted':
    case 'closed':
      return 'nobody';
    case 'new':
    case 'in_progress':
      return c.waiting_since === null ? 'customer' : 'agent';
  }
}

/** A conversation in which nobody has written yet. */
export function notContacted(conversation: string, now: number): NotContacted {
  return {
    status: 'not_contacted',
    conversation,
    version: 0,
    episode: 0,
    unread: false,
    archived: false,
    archived_at: null,
    assignee: NOBODY,
    blocked: false,
    opted_out: false,
    opened_by: null,
    untouched: true,
    tags: [],
    survey: null,
    past_surveys: [],
    survey_count: 0,
    ended_executions: [],
    waiting_since: null,
    started_at: null,
    first_reply_at: null,
    last_customer_message_at: null,
    last_agent_reply_at: null,
    last_automatic_message_at: null,
    window_opened_at: null,
    window_closes_at: null,
    last_activity_at: now,
    last_word: null,
    agents: [],
    next: null,
    created_at: now,
    updated_at: now,
  };
}
