import { MOST_EXECUTIONS_ENDED, type Conversation } from './conversation';

/**
 * The fields that are computed from the conversation before and after a decision: `ended_executions` and
 * `untouched`. No rule sets them, so no rule can forget to.
 */
export function withDerivedFields<C extends Conversation>(before: Conversation, after: C): C {
  const ended = endedExecution(before, after);
  const untouched = isUntouched(before, after);
  if (ended === null) return untouched === after.untouched ? after : { ...after, untouched };
  const ended_executions = [ended, ...after.ended_executions].slice(0, MOST_EXECUTIONS_ENDED);
  return { ...after, ended_executions, untouched };
}

/** The execution that this decision ended: by `flow_end`, a timeout, an interruption or a replacement. */
export function endedExecution(before: Conversation, after: Conversation): string | null {
  if (before.status !== 'in_flow') return null;
  const { execution } = before.flow;
  return after.status === 'in_flow' && after.flow.execution === execution ? null : execution;
}

/** Nobody is or was assigned, no agent replied, and no flow has ended in this episode. */
function isUntouched(before: Conversation, after: Conversation): boolean {
  const { assignee, first_reply_at } = after;
  return (
    after.untouched &&
    assignee.team === null &&
    assignee.agent === null &&
    first_reply_at === null &&
    endedExecution(before, after) === null
  );
}
