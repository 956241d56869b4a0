import type { Assignee, Conversation, Status, Survey } from './conversation';
import { causedBy, type AnyEvent } from './events';
import { surveysOf } from './surveys';
import { endedExecution } from './derived-fields';

/** The event that caused an effect. */
export interface Cause {
  id: string;
  type: AnyEvent['type'];
  by: string | null;
}

/** The effects of a decision (docs/callers/receiver.md). Times are epoch milliseconds. */
export type Effect = { event: Cause } & Fact;

type Fact =
  | { type: 'conversation.status_changed'; from: Status; to: Status; episode: number }
  | { type: 'conversation.assigned'; from: Assignee; to: Assignee }
  | { type: 'conversation.tags_changed'; added: string[]; removed: string[] }
  | {
      type:
        | 'conversation.snoozed'
        | 'conversation.unsnoozed'
        | 'conversation.archived'
        | 'conversation.unarchived';
    }
  | { type: 'episode.ended'; episode: number }
  | { type: 'survey.requested'; survey: string; agent: string | null; expires_at: number | null }
  | {
      type: 'survey.answered';
      survey: string;
      agent: string | null;
      score: number;
      comment: string | null;
      late: boolean;
    }
  | { type: 'survey.failed'; survey: string; agent: string | null; reason: string }
  | { type: 'survey.expired'; survey: string; agent: string | null }
  | { type: 'flow.interrupted'; execution: string; by: 'agent_reply' | 'close' | 'flow_start' | 'timeout' };

/** Effects are computed from the conversation before and after, so no rule can forget one. */
export function effectsOf(before: Conversation, after: Conversation, event: AnyEvent): Effect[] {
  const cause: Cause = { id: event.id, type: event.type, by: causedBy(event) };
  const facts = [
    ...statusChanged(before, after),
    ...flowInterrupted(before, after, event),
    ...assigned(before, after),
    ...tagsChanged(before, after),
    ...snoozed(before, after),
    ...surveysTold(before, after),
    ...archived(before, after),
    ...episodeEnded(before, after),
  ];
  return facts.map((fact) => Object.assign(fact, { event: cause }));
}

function statusChanged(before: Conversation, after: Conversation): Fact[] {
  if (before.status === after.status) return [];
  const { status: from } = before;
  const { status: to, episode } = after;
  return [{ type: 'conversation.status_changed', from, to, episode }];
}

/**
 * The flow engine must stop a flow that was interrupted. It knows already about a flow that it ended itself.
 */
function flowInterrupted(before: Conversation, after: Conversation, event: AnyEvent): Fact[] {
  const execution = endedExecution(before, after);
  if (execution === null) return [];
  switch (event.type) {
    case 'agent_reply':
    case 'close':
    case 'flow_start':
      return [{ type: 'flow.interrupted', execution, by: event.type }];
    case 'flow_timeout':
      return [{ type: 'flow.interrupted', execution, by: 'timeout' }];
    default:
      return [];
  }
}

function assigned({ assignee: from }: Conversation, { assignee: to }: Conversation): Fact[] {
  if (from.team === to.team && from.agent === to.agent) return [];
  return [{ type: 'conversation.assigned', from, to }];
}

function tagsChanged(before: Conversation, after: Conversation): Fact[] {
  if (before.tags === after.tags) return [];
  const [was, is] = [before, after].map((c) => c.tags.map((t) => t.name)) as [string[], string[]];
  const added = is.filter((name) => !was.includes(name));
  const removed = was.filter((name) => !is.includes(name));
  if (added.length === 0 && removed.length === 0) return [];
  return [{ type: 'conversation.tags_changed', added, removed }];
}

function snoozed(before: Conversation, after: Conversation): Fact[] {
  const [was, is] = [untilOf(before), untilOf(after)];
  if (was === is) return [];
  return [{ type: is === null ? 'conversation.unsnoozed' : 'conversation.snoozed' }];
}

const untilOf = (c: Conversation) => ('snoozed_until' in c ? c.snoozed_until : null);

/** Compares each survey that can be named with its state before. At most the last one is new. */
function surveysTold(before: Conversation, after: Conversation): Fact[] {
  if (before.survey === after.survey && before.past_surveys === after.past_surveys) return [];
  const earlier = new Map(surveysOf(before).map((s) => [s.survey, s]));
  return surveysOf(after).flatMap((s) => surveyTold(earlier.get(s.survey), s));
}

function surveyTold(was: Survey | undefined, is: Survey): Fact[] {
  const { survey, agent, expires_at, score, comment, late, failure } = is;
  if (!was) return [{ type: 'survey.requested', survey, agent, expires_at }];
  if (is.state === 'answered' && score !== null) {
    const said = was.state !== 'answered' || was.comment !== comment;
    return said ? [{ type: 'survey.answered', survey, agent, score, comment, late }] : [];
  }
  if (was.state === is.state) return [];
  if (is.state === 'failed' && failure !== null)
    return [{ type: 'survey.failed', survey, agent, reason: failure }];
  return is.state === 'expired' ? [{ type: 'survey.expired', survey, agent }] : [];
}

function archived(before: Conversation, after: Conversation): Fact[] {
  if (before.archived === after.archived) return [];
  return [{ type: after.archived ? 'conversation.archived' : 'conversation.unarchived' }];
}

function episodeEnded(before: Conversation, after: Conversation): Fact[] {
  if (before.status === 'closed' || after.status !== 'closed') return [];
  return [{ type: 'episode.ended', episode: after.episode }];
}
