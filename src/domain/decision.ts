import type { Conversation } from './conversation';
import type { Effect } from './effects';

/** Why an understood event changes nothing. */
export type Reason =
  'no_change' | 'stale_flow' | 'reaction' | 'courtesy' | 'blocked' | 'duplicate' | 'restored';

/** The rule that forbids an event. */
export type Rule =
  | 'blocked'
  | 'opted_out'
  | 'execution_ended'
  | 'not_contacted'
  | 'conversation_open'
  | 'in_flow'
  | 'awaiting_csat'
  | 'reopen_window'
  | 'not_open'
  | 'not_closed'
  | 'no_survey'
  | 'survey_answered'
  | 'survey_expired'
  | 'tags_locked'
  | 'too_many_tags';

/** The result of a cell of the table. */
export type Outcome =
  | { verdict: 'applied'; state: Conversation }
  | { verdict: 'ignored'; reason: Reason }
  | { verdict: 'refused'; rule: Rule };

/** The verdict about an event, and the state after it. */
export type Judgement = Outcome & { state: Conversation };

/** What the service decides about an event: the verdict, the state after it, and the effects. */
export type Decision = Judgement & { effects: Effect[] };

export const applied = (state: Conversation): Outcome => ({ verdict: 'applied', state });
export const ignored = (reason: Reason): Outcome => ({ verdict: 'ignored', reason });
export const refused = (rule: Rule): Outcome => ({ verdict: 'refused', rule });
