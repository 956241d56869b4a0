import type { Conversation, Status } from './conversation';
import type { AnyEvent } from './events';

/** What the outside is told of a decision (statuses.md, "Effects"). Times are epoch milliseconds. */
export type Effect =
  | { type: 'conversation.status_changed'; from: Status; to: Status; event: string; episode: number }
  | { type: 'survey.requested'; survey: string; agent: string | null; expires_at: number | null }
  | {
      type: 'survey.answered';
      survey: string;
      agent: string | null;
      score: number;
      comment: string | null;
      late: boolean;
    }
  | { type: 'flow.interrupted'; execution: string; by: 'agent_reply' | 'close' | 'flow_start' }
  | { type: 'conversation.archived' };

/** Told apart by looking at the conversation before and after, so no rule can forget to tell. */
export function effectsOf(before: Conversation, after: Conversation, event: AnyEvent): Effect[] {
  return [
    ...statusChanged(before, after, event),
    ...flowInterrupted(before, after, event),
    ...surveyRequested(before, after),
    ...surveyAnswered(before, after),
    ...archived(before, after),
  ];
}

function statusChanged(before: Conversation, after: Conversation, event: AnyEvent): Effect[] {
  if (before.status === after.status) return [];
  const { status: from } = before;
  const { status: to, episode } = after;
  return [{ type: 'conversation.status_changed', from, to, event: event.id, episode }];
}

function flowInterrupted(before: Conversation, after: Conversation, event: AnyEvent): Effect[] {
  if (before.status !== 'in_flow') return [];
  if (event.type !== 'agent_reply' && event.type !== 'close' && event.type !== 'flow_start') return [];
  const { execution } = before.flow;
  if (after.status === 'in_flow' && after.flow.execution === execution) return [];
  return [{ type: 'flow.interrupted', execution, by: event.type }];
}

function surveyRequested(before: Conversation, after: Conversation): Effect[] {
  if (!after.survey || after.survey_count === before.survey_count) return [];
  const { survey, agent, expires_at } = after.survey;
  return [{ type: 'survey.requested', survey, agent, expires_at }];
}

function surveyAnswered(before: Conversation, after: Conversation): Effect[] {
  const earlier = surveysOf(before);
  return surveysOf(after).flatMap((s) =>
    s.score !== null && earlier.some((e) => e.survey === s.survey && e.score === null)
      ? [
          {
            type: 'survey.answered' as const,
            survey: s.survey,
            agent: s.agent,
            score: s.score,
            comment: s.comment,
            late: s.late,
          },
        ]
      : [],
  );
}

function archived(before: Conversation, after: Conversation): Effect[] {
  return after.archived && !before.archived ? [{ type: 'conversation.archived' }] : [];
}

function surveysOf(c: Conversation) {
  return c.survey ? [c.survey, ...c.past_surveys] : [];
}
