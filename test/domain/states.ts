/**
 * A conversation in each status. Its times differ from each other, so that a test shows if they are mixed up.
 */
import {
  notContacted,
  type Closed,
  type Flow,
  type InFlow,
  type NotContacted,
  type Open,
  type Resolved,
  type Survey,
} from '../../src/domain/conversation';

const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** The time at which the event comes. */
export const NOW = Date.UTC(2026, 2, 1, 12);
/** When the customer of a given conversation wrote the first message that nobody has answered. */
export const WROTE = NOW - 3 * HOUR;
/** When a given conversation got into its status, its survey went out, its flow started. */
export const SINCE = NOW - HOUR;

export const NOBODY = { team: null, agent: null };
export const BEN = { team: 'sales', agent: 'ben' };
export const BY_BEN = { by: 'agent' as const, agent: 'ben', reason: 'paid' };
export const VIP = { name: 'vip', locked: false };
export const LOCKED_VIP = { name: 'vip', locked: true };

export const FLOW: Flow = {
  flow: 'welcome',
  execution: 'x1',
  source: 'flow',
  has_priority: false,
  started_at: SINCE,
  last_activity_at: SINCE,
  expires_at: SINCE + DAY,
  interrupted: null,
  assigned: false,
  customer_wrote: false,
};

export function survey(part: Partial<Survey> = {}): Survey {
  return {
    survey: 'c_1.1',
    episode: 3,
    state: 'pending',
    agent: 'ben',
    asked_at: SINCE,
    expires_at: SINCE + DAY,
    score: null,
    comment: null,
    answered_at: null,
    late: false,
    failure: null,
    ...part,
  };
}

/** A survey that expired at this time. */
export const ranOut = (expires_at: number, part: Partial<Survey> = {}) =>
  survey({ state: 'expired', asked_at: expires_at - DAY, expires_at, ...part });

const WORKED = {
  ...notContacted('c_1', NOW - 10 * DAY),
  version: 7,
  episode: 3,
  opened_by: 'message' as const,
  untouched: false,
  tags: [VIP],
  started_at: NOW - 5 * HOUR,
  last_customer_message_at: WROTE,
  window_opened_at: WROTE,
  window_closes_at: WROTE + DAY,
  last_activity_at: SINCE,
  last_word: 'customer' as const,
  updated_at: SINCE,
};
const ANSWERED = {
  ...WORKED,
  assignee: BEN,
  first_reply_at: NOW - 4 * HOUR,
  last_agent_reply_at: SINCE,
  last_word: 'business' as const,
  agents: ['ben'],
};

export const stranger = (part: Partial<NotContacted> = {}): NotContacted => ({
  ...notContacted('c_1', NOW - 10 * DAY),
  ...part,
});
export const newOne = (part: Partial<Open> = {}): Open => ({
  ...WORKED,
  status: 'new',
  snoozed_until: null,
  unread: true,
  waiting_since: WROTE,
  ...part,
});
export const inProgress = (part: Partial<Open> = {}): Open => ({
  ...ANSWERED,
  status: 'in_progress',
  snoozed_until: null,
  ...part,
});
export const inFlow = (flow: Partial<Flow> = {}, part: Partial<InFlow> = {}): InFlow => ({
  ...WORKED,
  status: 'in_flow',
  flow: { ...FLOW, ...flow },
  ...part,
});
export const resolved = (part: Partial<Resolved> = {}): Resolved => ({
  ...ANSWERED,
  status: 'resolved',
  survey: survey(),
  survey_count: 1,
  close: BY_BEN,
  ...part,
});
export const closed = (part: Partial<Closed> = {}): Closed => ({
  ...ANSWERED,
  status: 'closed',
  tags: [LOCKED_VIP],
  close: BY_BEN,
  closed_at: SINCE,
  kept_unarchived: false,
  ...part,
});
