/** What clients of the workflows and the workflows share, and all they share: names, ids, messages. */
import type { Reason, Rule } from '../domain/decision';
import type { ConversationKey } from '../domain/key';
import type { ConversationRecord } from '../domain/record';

export const TASK_QUEUE = 'conversations';
export const CONVERSATION_WORKFLOW = 'conversation';
export const DECIDE_UPDATE = 'decide';

export function workflowId({ account, inbox, conversation }: ConversationKey): string {
  return `conversation/${account}/${inbox}/${conversation}`;
}

/** Whose workflow it is; null where the id is not a conversation's. */
export function keyOf(id: string): ConversationKey | null {
  const [kind, account, inbox, conversation] = id.split('/');
  return kind === 'conversation' && account && inbox && conversation
    ? { account, inbox, conversation }
    : null;
}

/** What became of an event. `conversation` is the state right after it. */
export interface Answer {
  event: string;
  verdict: 'applied' | 'ignored' | 'refused';
  reason?: Reason;
  rule?: Rule;
  conversation: ConversationRecord;
}

/** @param decided the verdict, and null where there is no reason or no rule */
export function answerOf(
  event: string,
  { verdict, reason, rule }: { verdict: Answer['verdict']; reason: Reason | null; rule: Rule | null },
  conversation: ConversationRecord,
): Answer {
  return { event, verdict, ...(reason && { reason }), ...(rule && { rule }), conversation };
}

/** What happens next, when, and which decision led here, in words. */
export interface Explanation {
  status: string;
  next: string;
  because: string;
  /** decisions ever made, as in the row and the timeline */
  seq: number;
  /** signals and updates that could not be understood since the workflow began; nothing else came of them */
  dropped: number;
  waiting: number;
}

export const QUERIES = { conversation: 'conversation', explain: 'explain' } as const;

export const SEARCH_ATTRIBUTES = {
  status: 'ConversationStatus',
  inbox: 'InboxId',
  account: 'AccountId',
} as const;

/** Makes a conversation look at its row and its inbox's settings again. The service's own. */
export const RELOAD_SIGNAL = 'reload';

/** The workflow that tells idle conversations of an inbox's new settings. One an inbox. */
export const SETTINGS_ROLLOUT_WORKFLOW = 'settings_rollout';
export const SETTINGS_CHANGED_SIGNAL = 'settings_changed';

export interface RolloutInput {
  account: string;
  inbox: string;
}

export function rolloutWorkflowId({ account, inbox }: RolloutInput): string {
  return `settings_rollout/${account}/${inbox}`;
}
