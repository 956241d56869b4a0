import { z } from 'zod';
import { STATUSES, TIMERS, type Conversation, type Flow, type Survey } from './conversation';
import { timestamp } from './text';

/**
 * The conversation as the outside sees it: flat, every field of every status there, times in RFC 3339.
 * One spelling from the SQL column to the JSON body.
 */
const surveyRecord = z.object({
  survey: z.string(),
  state: z.enum(['pending', 'answered', 'expired', 'superseded']),
  agent: z.string().nullable(),
  asked_at: timestamp,
  expires_at: timestamp.nullable(),
  score: z.int().nullable(),
  comment: z.string().nullable(),
  answered_at: timestamp.nullable(),
  late: z.boolean(),
});

const flowRecord = z.object({
  flow: z.string(),
  execution: z.string(),
  source: z.enum(['flow', 'broadcast']),
  has_priority: z.boolean(),
  started_at: timestamp,
  expires_at: timestamp.nullable(),
  interrupted: z.enum(['new', 'in_progress']).nullable(),
});

export const conversationRecord = z.object({
  inbox: z.string(),
  conversation: z.string(),
  status: z.enum(STATUSES),
  version: z.int(),
  episode: z.int(),
  unread: z.boolean(),
  archived: z.boolean(),
  assignee: z.object({ team: z.string().nullable(), agent: z.string().nullable() }),
  tags: z.array(z.object({ name: z.string(), locked: z.boolean() })),
  flow: flowRecord.nullable(),
  survey: surveyRecord.nullable(),
  snoozed_until: timestamp.nullable(),
  waiting_since: timestamp.nullable(),
  started_at: timestamp.nullable(),
  first_reply_at: timestamp.nullable(),
  last_customer_message_at: timestamp.nullable(),
  last_agent_reply_at: timestamp.nullable(),
  last_activity_at: timestamp,
  closed_at: timestamp.nullable(),
  close: z
    .object({
      by: z.enum(['agent', 'auto_close', 'flow']),
      agent: z.string().nullable(),
      reason: z.string().nullable(),
    })
    .nullable(),
  archived_at: timestamp.nullable(),
  next: z.object({ timer: z.enum(TIMERS), due_at: timestamp }).nullable(),
  created_at: timestamp,
  updated_at: timestamp,
});

export type SurveyRecord = z.infer<typeof surveyRecord>;
export type ConversationRecord = z.infer<typeof conversationRecord>;

/** What the state holds beyond its record: kept in the row, told to nobody. */
export interface Kept {
  /** the survey's episode, which its record does not show */
  survey_episode: number | null;
  past_surveys: (SurveyRecord & { episode: number })[];
  survey_count: number;
  last_word: 'customer' | 'agent' | null;
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
    tags: c.tags,
    flow: c.status === 'in_flow' ? toFlowRecord(c.flow) : null,
    survey: c.survey && toSurveyRecord(c.survey),
    snoozed_until: 'snoozed_until' in c ? isoOrNull(c.snoozed_until) : null,
    waiting_since: isoOrNull(c.waiting_since),
    started_at: isoOrNull(c.started_at),
    first_reply_at: isoOrNull(c.first_reply_at),
    last_customer_message_at: isoOrNull(c.last_customer_message_at),
    last_agent_reply_at: isoOrNull(c.last_agent_reply_at),
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
    last_word: c.last_word,
    agents: c.agents,
    kept_unarchived: c.status === 'closed' && c.kept_unarchived,
  };
}

/** The state again, from what its row holds. */
export function fromRecord(r: ConversationRecord & Kept): Conversation {
  const common = {
    conversation: r.conversation,
    version: r.version,
    episode: r.episode,
    unread: r.unread,
    archived: r.archived,
    archived_at: msOrNull(r.archived_at),
    assignee: r.assignee,
    tags: r.tags,
    survey: r.survey && fromSurveyRecord(r.survey, r.survey_episode ?? r.episode),
    past_surveys: r.past_surveys.map((s) => fromSurveyRecord(s, s.episode)),
    survey_count: r.survey_count,
    waiting_since: msOrNull(r.waiting_since),
    started_at: msOrNull(r.started_at),
    first_reply_at: msOrNull(r.first_reply_at),
    last_customer_message_at: msOrNull(r.last_customer_message_at),
    last_agent_reply_at: msOrNull(r.last_agent_reply_at),
    last_activity_at: ms(r.last_activity_at),
    last_word: r.last_word,
    agents: r.agents,
    next: r.next && { timer: r.next.timer, due_at: ms(r.next.due_at) },
    created_at: ms(r.created_at),
    updated_at: ms(r.updated_at),
  };
  switch (r.status) {
    case 'not_contacted':
      return { ...common, status: r.status };
    case 'new':
    case 'in_progress':
      return { ...common, status: r.status, snoozed_until: msOrNull(r.snoozed_until) };
    case 'in_flow':
      return { ...common, status: r.status, flow: fromFlowRecord(there(r.flow)) };
    case 'resolved':
      return { ...common, status: r.status, survey: there(common.survey), close: there(r.close) };
    case 'closed':
      return {
        ...common,
        status: r.status,
        close: there(r.close),
        closed_at: ms(there(r.closed_at)),
        kept_unarchived: r.kept_unarchived,
      };
  }
}

/** The table's constraints promise it; a row that breaks them is better refused than guessed at. */
function there<T>(value: T | null): T {
  if (value === null) throw new Error('row lacks a field its status needs');
  return value;
}

function toFlowRecord(f: Flow): z.infer<typeof flowRecord> {
  return { ...f, started_at: iso(f.started_at), expires_at: isoOrNull(f.expires_at) };
}

function fromFlowRecord(f: z.infer<typeof flowRecord>): Flow {
  return { ...f, started_at: ms(f.started_at), expires_at: msOrNull(f.expires_at) };
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
  };
}
