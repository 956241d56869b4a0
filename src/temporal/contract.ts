/** All that the workflows and their clients share: names, ids, messages. */
import type { Payload } from '@temporalio/common';
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
  /** number of signals and updates that could not be understood since the workflow began */
  dropped: number;
  /** events that were taken and are not written yet */
  waiting: number;
  /**
   * number of repeated ids that came with another content than the first time, if any; they changed nothing
   */
  reused?: number;
  /** if the database does not load or write, since when and why */
  unwritten?: Unwritten;
}

/** Attempts to load or write that failed, up to now. */
export interface Unwritten {
  since: string;
  tries: number;
  problem: string;
}

/**
 * What a run hands to the next, as plain JSON. From a run of another code number only `waiting`, `owed` and
 * the counts are taken, so these must keep their names.
 */
export interface Carried {
  /** the code number of the run that handed it over */
  code: number;
  /** null if the run could not load its row before it ended */
  held: RunState | null;
  /** events that were taken and not written, in the order in which they came */
  waiting: Event[];
  /** ids of events whose caller was told to ask again and has not done so yet */
  owed: string[];
  /** digests of the last events (workflows/event-digests.ts); histories hold the name */
  gists: [string, string][];
  dropped: number;
  reused: number;
}

/**
 * The type of the error of a `decide` whose run ends before it can answer. A call with the same id is
 * answered by the next run.
 */
export const DECISION_PENDING = 'DecisionPending';

/** The message of a query's error while a run reads its row. Everything that was decided before is in that row. */
export const BEING_LOADED = 'the conversation is being loaded';

/** The result of a conversation's run that came to rest: enough to rebuild its row. */
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

/**
 * The workflow that tells idle conversations about new settings of their inbox. There is one for each inbox.
 */
export const SETTINGS_ROLLOUT_WORKFLOW = 'settings_rollout';
export const settingsChangedSignal = defineSignal('settings_changed');

export interface RolloutInput {
  account: string;
  inbox: string;
}

export function rolloutWorkflowId({ account, inbox }: RolloutInput): string {
  return `settings_rollout/${account}/${inbox}`;
}

/** The workflow that delivers to an endpoint. There is one for each endpoint. */
export const WEBHOOK_WORKFLOW = 'webhook_delivery';
/** Says that deliveries wait. Only the service sends it. */
export const wakeSignal = defineSignal('wake');

export interface WebhookInput {
  account: string;
  webhook: string;
}

export function webhookWorkflowId({ account, webhook }: WebhookInput): string {
  return `webhook/${account}/${webhook}`;
}

/** The workflow that resets the runs which began under older code. There is one for each code number. */
export const CODE_ROLLOUT_WORKFLOW = 'code_rollout';
export const codeProgressQuery = defineQuery<CodeProgress>('progress');

export interface CodeRolloutInput {
  number: number;
}

/** The workflow that erases a conversation, an inbox or an account. What it is about is in the database only. */
export const ERASURE_WORKFLOW = 'erasure';

export interface ErasureInput {
  erasure: string;
}

export function erasureWorkflowId({ erasure }: ErasureInput): string {
  return `erasure/${erasure}`;
}

/** The workflow that sends one event to many conversations. Which ones is in the database only. */
export const BULK_WORKFLOW = 'bulk';

export interface BulkInput {
  job: string;
}

export function bulkWorkflowId({ job }: BulkInput): string {
  return `bulk/${job}`;
}

/** The progress of a rollout of code. */
export interface CodeProgress {
  /** number of runs that it has reset */
  reset: number;
  /** number of runs that needed no reset: they have this code already, or have not begun */
  left: number;
  /** number of runs that Temporal did not reset; they are tried again */
  failed: number;
}

export function codeRolloutWorkflowId({ number }: CodeRolloutInput): string {
  return `${CODE_ROLLOUT_WORKFLOW}/${number}`;
}

/** The header of a message that carries a trace. Temporal's interceptors for OpenTelemetry use the same one. */
export const TRACE_HEADER = '_tracer-data';

/** What a workflow tells its worker about an event that came with a trace. */
export interface TraceSinks extends Sinks {
  traces: {
    /** @param received in epoch milliseconds; the decision is written now */
    decided(header: Payload, type: string, received: number): void;
  };
}

/** What a workflow tells its worker about the code that its run began under. */
export interface CodeSinks extends Sinks {
  code: {
    /** called when this run began under older code */
    older(): void;
  };
}

/** What a workflow tells its worker about what it is sent. */
export interface PoisonSinks extends Sinks {
  poison: {
    /** called for each payload that is no event */
    dropped(): void;
  };
}
