/** The state of a conversation. Plain JSON; every time is epoch milliseconds. */

export const STATUSES = ['not_contacted', 'new', 'in_progress', 'in_flow', 'resolved', 'closed'] as const;
export type Status = (typeof STATUSES)[number];

export const TIMERS = ['auto_close', 'csat_timeout', 'auto_archive', 'flow_timeout', 'snooze'] as const;
export type Timer = (typeof TIMERS)[number];

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
  source: 'flow' | 'broadcast';
  has_priority: boolean;
  started_at: number;
  /** null while `flows.timeout_seconds` is off */
  expires_at: number | null;
  /** the work it interrupted, to go back to */
  interrupted: 'new' | 'in_progress' | null;
}

export interface Survey {
  /** `<conversation>.<n>`, n counting the surveys of the conversation from 1 */
  survey: string;
  /** the episode it asks about */
  episode: number;
  state: 'pending' | 'answered' | 'expired' | 'superseded';
  /** the agent it rates; null after an auto-close of an unassigned conversation */
  agent: string | null;
  asked_at: number;
  expires_at: number | null;
  score: number | null;
  comment: string | null;
  answered_at: number | null;
  late: boolean;
}

/** Who ended the work, and why. */
export interface CloseFacts {
  by: 'agent' | 'auto_close' | 'flow';
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
  tags: Tag[];
  /** the last survey that went out, whatever came of it */
  survey: Survey | null;
  /** earlier surveys that an answer may still name, newest first, at most ten */
  past_surveys: Survey[];
  /** how many surveys ever went out */
  survey_count: number;
  /** first customer message no agent has answered yet */
  waiting_since: number | null;
  started_at: number | null;
  first_reply_at: number | null;
  last_customer_message_at: number | null;
  last_agent_reply_at: number | null;
  /** last customer message, agent reply, change of status or end of a snooze */
  last_activity_at: number;
  /** who spoke last in this episode */
  last_word: 'customer' | 'agent' | null;
  /** the agents who replied in this episode, in order of their first reply */
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
  /** taken out of the archive by hand since it closed: auto-archive leaves it alone */
  kept_unarchived: boolean;
}

export type Conversation = NotContacted | Open | InFlow | Resolved | Closed;

/** A conversation nobody has written in yet. */
export function notContacted(conversation: string, now: number): NotContacted {
  return {
    status: 'not_contacted',
    conversation,
    version: 0,
    episode: 0,
    unread: false,
    archived: false,
    archived_at: null,
    assignee: { team: null, agent: null },
    tags: [],
    survey: null,
    past_surveys: [],
    survey_count: 0,
    waiting_since: null,
    started_at: null,
    first_reply_at: null,
    last_customer_message_at: null,
    last_agent_reply_at: null,
    last_activity_at: now,
    last_word: null,
    agents: [],
    next: null,
    created_at: now,
    updated_at: now,
  };
}
