import type { Common, Conversation, Flow } from './conversation';
import { ignored, refused, type Outcome, type Rule } from './decision';
import type { Event } from './events';

/**
 * The checks before the table of docs/statuses.md, in order: the first that holds gives the answer. The ledger checks for known ids before all of them.
 */
export function beforeTheTable(c: Conversation, e: Event): Outcome | null {
  if (e.type === 'message' && e.kind === 'reaction') return ignored('reaction');
  if (e.type === 'message' && c.blocked) return ignored('blocked');
  if (e.type !== 'flow_start') return null;
  const rule = outOfReach(c, e.source);
  if (rule) return refused(rule);
  return c.ended_executions.includes(e.execution) ? refused('execution_ended') : null;
}

/** Why no flow of that source may reach a contact, with or without priority. */
function outOfReach(
  c: Pick<Common, 'blocked' | 'opted_out'>,
  source: Flow['source'],
): Extract<Rule, 'blocked' | 'opted_out'> | null {
  if (c.blocked) return 'blocked';
  return c.opted_out && source === 'broadcast' ? 'opted_out' : null;
}
