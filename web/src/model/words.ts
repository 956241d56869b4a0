import type { Conversation, TimelineEntry } from '../../../clients/typescript/src/index.ts';

export type Status = Conversation['status'];
type Timer = NonNullable<Conversation['next']>['timer'];

/** In the order of the board. */
export const STATUSES = [
  'new',
  'in_progress',
  'in_flow',
  'resolved',
  'closed',
  'not_contacted',
] as const satisfies Status[];

export const STATUS: Record<Status, string> = {
  not_contacted: 'Not contacted',
  new: 'New',
  in_progress: 'In progress',
  in_flow: 'In a flow',
  resolved: 'Resolved',
  closed: 'Closed',
};

export const EMPTY: Record<Status, string> = {
  not_contacted: 'Contacts whom nobody has written to yet.',
  new: 'Nobody waits for a first answer.',
  in_progress: 'No agent is at work on a conversation.',
  in_flow: 'No bot flow is running.',
  resolved: 'No survey answer is awaited.',
  closed: 'Nothing is closed, or all of it is archived.',
};

export const TIMER: Record<Timer, string> = {
  auto_close: 'Auto-close',
  csat_timeout: 'Survey ends',
  auto_archive: 'Archive',
  flow_timeout: 'Flow times out',
  snooze: 'Snooze ends',
};

export const TIMER_DOES: Record<Timer, string> = {
  auto_close: 'it is closed, unless something more is said',
  csat_timeout: 'the survey expires and it is closed',
  auto_archive: 'it is archived',
  flow_timeout: 'the bot flow is ended as expired, and the flow engine is told',
  snooze: 'the snooze ends and it becomes unread',
};

export const OPENED_BY: Record<NonNullable<Conversation['opened_by']>, string> = {
  message: 'a message of the customer',
  agent_reply: 'an agent’s message',
  flow: 'a bot flow',
  broadcast: 'a broadcast',
  inbound: 'a flow that the customer’s message set off',
};

export const WAITING_ON: Record<Conversation['waiting_on'], string> = {
  agent: 'an agent',
  customer: 'the customer',
  bot: 'the bot',
  survey: 'the survey’s answer',
  nobody: 'nobody',
};

const RULES: Record<string, string> = {
  blocked: 'the contact is blocked',
  opted_out: 'the contact wants no broadcasts',
  execution_ended: 'this flow’s execution has ended already',
  not_contacted: 'the inbox forbids flows to contacts never written to',
  conversation_open: 'somebody is working on the conversation',
  in_flow: 'another bot flow is running',
  awaiting_csat: 'the survey’s answer is awaited',
  reopen_window: 'it was closed so lately that the message belongs to the old work',
  not_open: 'the conversation is not open',
  not_closed: 'the conversation is not closed',
  no_survey: 'there is no survey that this could answer',
  survey_answered: 'the survey is answered; the first answer stands',
  survey_expired: 'the answer came too late',
  tags_locked: 'a tag is locked, because the work it belongs to is closed',
  too_many_tags: 'there would be more than 100 tags',
};

const REASONS: Record<string, string> = {
  no_change: 'it was so already',
  stale_flow: 'another flow is running, or none',
  reaction: 'a reaction is no message',
  courtesy: 'thanks or good-bye need no answer',
  blocked: 'the contact is blocked',
  duplicate: 'it was decided before',
  restored: 'the database came back from an older backup',
};

/** Why an event changed nothing. */
export function why({ rule, reason }: Pick<TimelineEntry, 'rule' | 'reason'>): string {
  if (rule !== undefined) return RULES[rule] ?? rule;
  return reason === undefined ? '' : (REASONS[reason] ?? reason);
}
