/** What clients of the workflows and the workflows share, and all they share: names, ids, messages. */
import {
  defineQuery,
  defineSignal,
  defineUpdate,
  type SignalDefinition,
  type Sinks,
} from '@temporalio/workflow';
import type { Reason, Rule } from '../domain/decision';
import { EVENT_TYPES, type Event, type EventType } from '../domain/events';
import type { ConversationKey } from '../domain/key';
import type { RunState } from '../domain/ledger';
import type { ConversationRecord } from '../domain/record';

export const TASK_QUEUE = 'conversations';
export const CONVERSATION_WORKFLOW = 'conversation';

export function workflowId({ account, inbox, conversation }: ConversationKey): string {
  return `conversation/${account}/${inbox}/${conversation}`;
}

/** The key of the conversation with this workflow id; null if the id is not a conversation's. */
export function keyOf(id: string): ConversationKey | null {
  const [kind, account, inbox, conversation] = id.split('/');
  return kind === 'conversation' && account && inbox && conversation
    ? { account, inbox, conversation }
    : null;
}

/** How an event was decided. `conversation` is the state right after it. */
export interface Answer {
  event: string;
  verdict: 'applied' | 'ignored' | 'refused';
  reason?: Reason;
  rule?: Rule;
  conversation: ConversationRecord;
}

/** @param decided the verdict, with null for no reason or no rule */
export function answerOf(
  event: string,
  { verdict, reason, rule }: { verdict: Answer['verdict']; reason: Reason | null; rule: Rule | null },
  conversation: ConversationRecord,
): Answer {
  return { event, verdict, ...(reason && { reason }), ...(rule && { rule }), conversation };
}

/** What happens next and when, and which decision led here, in words. */
export interface Explanation {
  status: string;
  next: string;
  because: string;
  /** number of all decisions, as in the row and the timeline */
  seq: number;
  /** signals and updates that could not be understood since the workflow began; nothing else came of them */
  dropped: number;
  /** events taken and not written yet */
  waiting: number;
  /** repeated ids that came with another content than the first time, where there were any; they changed nothing */
  reused?: number;
  /** where the database has not done what it was asked, since when and why */
  unwritten?: Unwritten;
}

/** Attempts to load or write that failed, the last one too. */
export interface Unwritten {
  since: string;
  tries: number;
  problem: string;
}

/**
 * What a run hands to the next. Plain JSON. Of what another code number handed over, only `waiting`, `owed` and the counts are
 * taken: these keep their names.
 */
export interface Carried {
  /** the number of the code that handed it over */
  code: number;
  /** null where the run could not load its row before it ended */
  held: RunState | null;
  /** events taken and not written, in the order they came */
  waiting: Event[];
  /** ids of events whose asker was told to ask again, and has not done so */
  owed: string[];
  /** what the last events said: see workflows/gists.ts */
  gists: [string, string][];
  dropped: number;
  reused: number;
}

/** The type of the error of a `decide` whose run goes on before it can answer: asked again with the same id, the next one answers. */
export const DECISION_PENDING = 'DecisionPending';

/** What a rested conversation leaves in its last run: enough to rebuild its row from. */
export type Rested = Pick<RunState, 'state' | 'seq' | 'settings_version'>;

/** One signal per type of event, named as the type; its payload is the event. */
export const eventSignals = Object.fromEntries(
  EVENT_TYPES.map((type) => [type, defineSignal<[Event]>(type)]),
) as Record<EventType, SignalDefinition<[Event]>>;

/** Makes a conversation load its row and its inbox's settings again. Only the service sends it. */
export const reloadSignal = defineSignal('reload');

/** Decides any event, which names its type itself, and answers once the decision is written. */
export const decideUpdate = defineUpdate<Answer, [unknown]>('decide');

export const conversationQuery = defineQuery<ConversationRecord>('conversation');
export const explainQuery = defineQuery<Explanation>('explain');

export const SEARCH_ATTRIBUTES = {
  status: 'ConversationStatus',
  inbox: 'InboxId',
  account: 'AccountId',
} as const;

/** The workflow that tells idle conversations of an inbox's new settings. One an inbox. */
export const SETTINGS_ROLLOUT_WORKFLOW = 'settings_rollout';
export const settingsChangedSignal = defineSignal('settings_changed');

export interface RolloutInput {
  account: string;
  inbox: string;
}

export function rolloutWorkflowId({ account, inbox }: RolloutInput): string {
  return `settings_rollout/${account}/${inbox}`;
}

/** The workflow that delivers to an endpoint. One an endpoint. */
export const WEBHOOK_WORKFLOW = 'webhook_delivery';
/** Deliveries wait. The service's own. */
export const wakeSignal = defineSignal('wake');

export interface WebhookInput {
  account: string;
  webhook: string;
}

export function webhookWorkflowId({ account, webhook }: WebhookInput): string {
  return `webhook/${account}/${webhook}`;
}

/** The workflow that resets the runs which began under older code. One a code number. */
export const CODE_ROLLOUT_WORKFLOW = 'code_rollout';
export const codeProgressQuery = defineQuery<CodeProgress>('progress');

export interface CodeRolloutInput {
  number: number;
}

/** How far a rollout of code has come. */
export interface CodeProgress {
  /** runs that it has reset */
  reset: number;
  /** runs that it came upon and that were in order: of this code already, or not begun */
  left: number;
  /** runs that Temporal did not reset; they are tried again */
  failed: number;
}

export function codeRolloutWorkflowId({ number }: CodeRolloutInput): string {
  return `${CODE_ROLLOUT_WORKFLOW}/${number}`;
}

/** What a workflow tells its worker about the code that it began under. */
export interface CodeSinks extends Sinks {
  code: {
    /** this run began under older code */
    older(): void;
  };
}
