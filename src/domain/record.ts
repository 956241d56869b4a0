import { waitingOn, type Conversation, type Flow, type Survey } from './conversation';
import type { ConversationRecord, EpisodeRecord, FlowRecord, SurveyRecord } from './record-schema';

export type { ConversationRecord, EpisodeRecord, SurveyRecord };

/** What the state holds beyond its record. The row keeps it, and callers do not see it. */
export interface Kept {
  /** the survey's episode, which the record does not show */
  survey_episode: number | null;
  past_surveys: (SurveyRecord & { episode: number })[];
  survey_count: number;
  ended_executions: string[];
  untouched: boolean;
  window_opened_at: string | null;
  /** `agent` is what the first edition called the business */
  last_word: Conversation['last_word'] | 'agent';
  agents: string[];
  kept_unarchived: boolean;
}

/** RFC 3339 in UTC, from epoch milliseconds. */
export const iso = (at: number) => new Date(at).toISOString();
const isoOrNull = (at: number | null) => (at === null ? null : iso(at));
const ms = (at: string) => Date.parse(at);
const msOrNull = (at: string | null) => (at === null ? null : ms(at));

export function toRecord(inbox: string, c: Conversation): ConversationRecord {
  return {
    inbox,
    conversation: c.conversation,
    status: c.status,
    version: c.version,
    episode: c.episode,
    unread: c.unread,
    archived: c.archived,
    assignee: c.assignee,
    blocked: c.blocked,
    opted_out: c.opted_out,
    waiting_on: waitingOn(c),
    opened_by: c.opened_by,
    window_closes_at: isoOrNull(c.window_closes_at),
    tags: c.tags,
    flow: c.status === 'in_flow' ? toFlowRecord(c.flow) : null,
    survey: c.survey && toSurveyRecord(c.survey),
    snoozed_until: 'snoozed_until' in c ? isoOrNull(c.snoozed_until) : null,
    waiting_since: isoOrNull(c.waiting_since),
    started_at: isoOrNull(c.started_at),
    first_reply_at: isoOrNull(c.first_reply_at),
    last_customer_message_at: isoOrNull(c.last_customer_message_at),
    last_agent_reply_at: isoOrNull(c.last_agent_reply_at),
    last_automatic_message_at: isoOrNull(c.last_automatic_message_at),
    last_activity_at: iso(c.last_activity_at),
    closed_at: c.status === 'closed' ? iso(c.closed_at) : null,
    close: 'close' in c ? c.close : null,
    archived_at: isoOrNull(c.archived_at),
    next: c.next && { timer: c.next.timer, due_at: iso(c.next.due_at) },
    created_at: iso(c.created_at),
    updated_at: iso(c.updated_at),
  };
}

export function toKept(c: Conversation): Kept {
  return {
    survey_episode: c.survey && c.survey.episode,
    past_surveys: c.past_surveys.map((s) => ({ ...toSurveyRecord(s), episode: s.episode })),
    survey_count: c.survey_count,
    ended_executions: c.ended_executions,
    untouched: c.untouched,
    window_opened_at: isoOrNull(c.window_opened_at),
    last_word: c.last_word,
    agents: c.agents,
    kept_unarchived: c.status === 'closed' && c.kept_unarchived,
  };
}

/** The state, from its row. Not spread, since that is slow: see copy.ts. */
export function fromRecord(r: ConversationRecord & Kept): Conversation {
  const common = {
    conversation: r.conversation,
    version: r.version,
    episode: r.episode,
    unread: r.unread,
    archived: r.archived,
    archived_at: msOrNull(r.archived_at),
    assignee: r.assignee,
    blocked: r.blocked,
    opted_out: r.opted_out,
    opened_by: r.opened_by,
    untouched: r.untouched,
    tags: r.tags,
    survey: r.survey && fromSurveyRecord(r.survey, r.survey_episode ?? r.episode),
    past_surveys: r.past_surveys.map((s) => fromSurveyRecord(s, s.episode)),
    survey_count: r.survey_count,
    ended_executions: r.ended_executions,
    waiting_since: msOrNull(r.waiting_since),
    started_at: msOrNull(r.started_at),
    first_reply_at: msOrNull(r.first_reply_at),
    last_customer_message_at: msOrNull(r.last_customer_message_at),
    last_agent_reply_at: msOrNull(r.last_agent_reply_at),
    last_automatic_message_at: msOrNull(r.last_automatic_message_at),
    window_opened_at: msOrNull(r.window_opened_at ?? r.last_customer_message_at),
    window_closes_at: msOrNull(r.window_closes_at),
    last_activity_at: ms(r.last_activity_at),
    last_word: r.last_word === 'agent' ? 'business' : r.last_word,
    agents: r.agents,
    next: r.next && { timer: r.next.timer, due_at: ms(r.next.due_at) },
    created_at: ms(r.created_at),
    updated_at: ms(r.updated_at),
  };
  switch (r.status) {
    case 'not_contacted':
      return Object.assign(common, { status: r.status });
    case 'new':
    case 'in_progress':
      return Object.assign(common, { status: r.status, snoozed_until: msOrNull(r.snoozed_until) });
    case 'in_flow':
      return Object.assign(common, { status: r.status, flow: fromFlowRecord(there(r.flow)) });
    case 'resolved':
      return Object.assign(common, {
        status: r.status,
        survey: there(common.survey),
        close: there(r.close),
      });
    case 'closed':
      return Object.assign(common, {
        status: r.status,
        close: there(r.close),
        closed_at: ms(there(r.closed_at)),
        kept_unarchived: r.kept_unarchived,
      });
  }
}

/** The table's constraints promise that the value is there. If it is not, an error is better than a guess. */
function there<T>(value: T | null): T {
  if (value === null) throw new Error('row lacks a field its status needs');
  return value;
}

function toFlowRecord(f: Flow): FlowRecord {
  return {
    ...f,
    started_at: iso(f.started_at),
    last_activity_at: iso(f.last_activity_at),
    expires_at: isoOrNull(f.expires_at),
  };
}

function fromFlowRecord(f: FlowRecord): Flow {
  return {
    ...f,
    started_at: ms(f.started_at),
    last_activity_at: ms(f.last_activity_at ?? f.started_at),
    expires_at: msOrNull(f.expires_at),
    assigned: f.assigned ?? false,
    customer_wrote: f.customer_wrote ?? false,
  };
}

export function toSurveyRecord({ episode: _, ...s }: Survey): SurveyRecord {
  return {
    ...s,
    asked_at: iso(s.asked_at),
    expires_at: isoOrNull(s.expires_at),
    answered_at: isoOrNull(s.answered_at),
  };
}

function fromSurveyRecord(s: SurveyRecord, episode: number): Survey {
  return {
    survey: s.survey,
    episode,
    state: s.state,
    agent: s.agent,
    asked_at: ms(s.asked_at),
    expires_at: msOrNull(s.expires_at),
    score: s.score,
    comment: s.comment,
    answered_at: msOrNull(s.answered_at),
    late: s.late,
    failure: s.failure ?? null,
  };
}
