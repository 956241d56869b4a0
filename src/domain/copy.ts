/**
 * Copies of a conversation, field by field. V8 copies `{ ...c, added }` slowly, and gives each place that spreads a
 * shape of its own, which makes all that reads it slow: so the next state is made here, one shape for each status.
 */
import type { Common, Conversation } from './conversation';

/** The fields that every status has, without those of one status only. */
export function common(c: Conversation): Common {
  return {
    conversation: c.conversation,
    version: c.version,
    episode: c.episode,
    unread: c.unread,
    archived: c.archived,
    archived_at: c.archived_at,
    assignee: c.assignee,
    blocked: c.blocked,
    opted_out: c.opted_out,
    opened_by: c.opened_by,
    untouched: c.untouched,
    tags: c.tags,
    survey: c.survey,
    past_surveys: c.past_surveys,
    survey_count: c.survey_count,
    ended_executions: c.ended_executions,
    waiting_since: c.waiting_since,
    started_at: c.started_at,
    first_reply_at: c.first_reply_at,
    last_customer_message_at: c.last_customer_message_at,
    last_agent_reply_at: c.last_agent_reply_at,
    last_automatic_message_at: c.last_automatic_message_at,
    window_opened_at: c.window_opened_at,
    window_closes_at: c.window_closes_at,
    last_activity_at: c.last_activity_at,
    last_word: c.last_word,
    agents: c.agents,
    next: c.next,
    created_at: c.created_at,
    updated_at: c.updated_at,
  };
}

/** The same again. */
export function copyOf(c: Conversation): Conversation {
  switch (c.status) {
    case 'not_contacted':
      return Object.assign(common(c), { status: c.status });
    case 'new':
    case 'in_progress':
      return Object.assign(common(c), { status: c.status, snoozed_until: c.snoozed_until });
    case 'in_flow':
      return Object.assign(common(c), { status: c.status, flow: c.flow });
    case 'resolved':
      return Object.assign(common(c), { status: c.status, survey: c.survey, close: c.close });
    case 'closed': {
      const { status, close, closed_at, kept_unarchived } = c;
      return Object.assign(common(c), { status, close, closed_at, kept_unarchived });
    }
  }
}
