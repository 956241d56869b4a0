/** The client side of the contract: all calls of the service to Temporal. */
import {
  QueryNotRegisteredError,
  QueryRejectedError,
  WorkflowClient,
  WorkflowExecutionAlreadyStartedError,
  type Client,
} from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import type { Event } from '../domain/events';
import type { ConversationKey } from '../domain/key';
import type { ConversationRecord } from '../domain/record';
import { CircuitBreaker } from './circuit-breaker';
import * as contract from './contract';
import type {
  BulkInput,
  CodeRolloutInput,
  ErasureInput,
  Rested,
  RolloutInput,
  WebhookInput,
} from './contract';
import { givenIn, type Given } from './events-in-history';
import { isGone, isOutage, limited, meaningOf } from './calls';
import { TemporalUnavailableError } from './errors';
import { resetRun, type ResetOptions, type ResetOutcome } from './reset';

/** Below the two seconds that callers are promised. */
const LIMIT_MS = 1_500;
const HEALTH_LIMIT_MS = 1_000;
/** A query may wait 10 s for a worker that is gone before another one gets it. */
const EXPLAIN_LIMIT_MS = 15_000;
/** A poll is open for a minute, and nothing shows in between. */
const POLLED_RECENTLY_MS = 75_000;
const WORKFLOW_TASKS = 1;
/** HistoryEventFilterType */
const CLOSE_EVENT = 2;
/** the identity with which Temporal terminates a run that is reset */
const RESETTER = 'history-resetter';
const PAGE = 500;

/**
 * What Temporal knows about a conversation. `silent`: it runs and does not answer; `none`: it does not run
 * and left nothing.
 */
export type WorkflowState =
  | { is: 'running'; seq: number; unwritten?: contract.Unwritten }
  | ({ is: 'rested' } & Rested)
  | { is: 'silent' }
  | { is: 'none' };

export class TemporalClient {
  private readonly breaker = new CircuitBreaker();
  private open: WorkflowClient | undefined;

  constructor(
    private readonly client: Client,
    private readonly taskQueue: string = contract.TASK_QUEUE,
  ) {}

  /**
   * Sends an event to its conversation, and starts the conversation if it does not run. When this resolves,
   * Temporal holds the event durably. It tries a signal first, because most conversations run and it costs
   * Temporal a tenth less than a signal with start.
   * @param elsewhere asked before it is started: where its events belong, if not there
   * @returns null; or where the event belongs, and then it was not sent
   * @throws TemporalUnavailableError, TemporalRefusedError, ConversationFullError, within two seconds of each call, and what `elsewhere` throws
   */
  async signal(
    key: ConversationKey,
    event: Event,
    elsewhere: () => Promise<ConversationKey | null> = () => Promise.resolve(null),
  ): Promise<ConversationKey | null> {
    if (await this.promptly(() => this.signalRunning(key, event))) return null;
    const other = await elsewhere(); // not Temporal's time: what it takes does not open the breaker
    const { name } = contract.eventSignals[event.type];
    if (!other) await this.promptly(() => this.signalWithStart(conversationOf(key), name, [event]));
    return other;
  }

  /** @returns false if it does not run */
  private async signalRunning(key: ConversationKey, event: Event): Promise<boolean> {
    try {
      const handle = this.client.workflow.getHandle(contract.workflowId(key));
      await handle.signal(contract.eventSignals[event.type], event);
      return true;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return false;
      throw error;
    }
  }

  /** @throws TemporalUnavailableError, TemporalRefusedError, within two seconds */
  isRunning(key: ConversationKey): Promise<boolean> {
    return this.promptly(() => this.runs(contract.workflowId(key)));
  }

  /** Whether new settings of an inbox are being told to its conversations. */
  isRollingOut(inbox: contract.RolloutInput): Promise<boolean> {
    return this.runs(contract.rolloutWorkflowId(inbox));
  }

  private async runs(workflowId: string): Promise<boolean> {
    try {
      const { status } = await this.client.workflow.getHandle(workflowId).describe();
      return status.name === 'RUNNING';
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return false;
      throw error;
    }
  }

  /**
   * The conversation as its workflow holds it. Null if none runs, or if it has not read its row yet; then the row says all.
   * @throws TemporalUnavailableError within two seconds, also when no worker answers
   */
  async query(key: ConversationKey): Promise<ConversationRecord | null> {
    const handle = this.openOnly.getHandle(contract.workflowId(key));
    try {
      return await limited(this.openOnly, LIMIT_MS, () => handle.query(contract.conversationQuery));
    } catch (error) {
      if (error instanceof QueryRejectedError || error instanceof WorkflowNotFoundError) return null;
      // The SDK has no error of its own for a query handler that throws.
      if (error instanceof QueryNotRegisteredError && error.message.includes(contract.BEING_LOADED))
        return null;
      throw new TemporalUnavailableError(error);
    }
  }

  /** Makes a conversation load its row and its settings again, and starts it if it does not run. */
  reload(key: ConversationKey): Promise<void> {
    return this.signalWithStart(conversationOf(key), contract.reloadSignal.name, []);
  }

  /** @returns false if it runs already: its timer is late, but will act */
  wake(key: ConversationKey): Promise<boolean> {
    return this.startUnlessRunning(conversationOf(key));
  }

  /**
   * Starts the rollout of an inbox's new settings to its idle conversations.
   * @throws TemporalUnavailableError, TemporalRefusedError, within two seconds
   */
  startRollout(inbox: RolloutInput): Promise<void> {
    return this.promptly(() =>
      this.signalWithStart(rolloutOf(inbox), contract.settingsChangedSignal.name, []),
    );
  }

  /** @returns false if it runs already */
  resumeRollout(inbox: RolloutInput): Promise<boolean> {
    return this.startUnlessRunning(rolloutOf(inbox));
  }

  /** Wakes the workflow that delivers to an endpoint, or starts it. */
  wakeDelivery(endpoint: WebhookInput): Promise<void> {
    return this.signalWithStart(deliveryOf(endpoint), contract.wakeSignal.name, []);
  }

  /** @returns false if it runs already */
  startCodeRollout(code: CodeRolloutInput): Promise<boolean> {
    return this.startUnlessRunning(codeRolloutOf(code));
  }

  /**
   * Starts the workflow of an erasure, unless it runs.
   * @throws TemporalUnavailableError, TemporalRefusedError, within two seconds
   */
  startErasure(erasure: ErasureInput): Promise<void> {
    return this.promptly(async () => void (await this.startUnlessRunning(erasureOf(erasure))));
  }

  /**
   * Starts the workflow of a bulk job, unless it runs.
   * @throws TemporalUnavailableError, TemporalRefusedError, within two seconds
   */
  startBulk(bulk: BulkInput): Promise<void> {
    return this.promptly(async () => void (await this.startUnlessRunning(bulkOf(bulk))));
  }

  /** Ends a workflow by force. @returns false if it does not run */
  async end(workflowId: string): Promise<boolean> {
    try {
      await this.client.workflow.getHandle(workflowId).terminate('erased');
      return true;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return false;
      throw error;
    }
  }

  /** Deletes a run that has ended, with its history, unless it is gone. Temporal does it a moment later. */
  async deleteRun({ workflowId, runId }: Execution): Promise<void> {
    const { namespace } = this.client.options;
    try {
      await this.client.workflowService.deleteWorkflowExecution({
        namespace,
        workflowExecution: { workflowId, runId },
      });
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }

  /**
   * The runs of a conversation, an inbox or an account, as Temporal's visibility store lists them. Histories of rollouts name
   * conversations, so those that have ended are among them.
   */
  async *executionsOf(
    { account, inbox, conversation }: { account: string; inbox?: string; conversation?: string },
    which: 'running' | 'ended',
  ): AsyncGenerator<Execution> {
    const of = [account, inbox, conversation].filter((part) => part !== undefined).join('/');
    const ids =
      conversation === undefined
        ? [`WorkflowId STARTS_WITH 'conversation/${of}/'`]
        : [`WorkflowId = 'conversation/${of}'`];
    if (inbox === undefined)
      ids.push(`WorkflowId STARTS_WITH 'settings_rollout/${of}/'`, `WorkflowId STARTS_WITH 'webhook/${of}/'`);
    else if (conversation === undefined || which === 'ended')
      ids.push(`WorkflowId = 'settings_rollout/${account}/${inbox}'`);
    const query = `(${ids.join(' OR ')}) AND ExecutionStatus ${which === 'running' ? '=' : '!='} 'Running'`;
    for await (const { workflowId, runId } of this.client.workflow.list({ query, pageSize: PAGE }))
      yield { workflowId, runId };
  }

  /** See {@link resetRun}. */
  reset(workflowId: string, options: ResetOptions): Promise<ResetOutcome> {
    return resetRun(this.client, workflowId, options);
  }

  async terminate(workflowId: string, reason: string): Promise<void> {
    await this.client.workflow.getHandle(workflowId).terminate(reason);
  }

  /**
   * A page of the workflows of any type whose run began before that moment and still runs. A workflow that is
   * reset leaves the list.
   */
  async begunBefore(
    before: Date,
    page: { size: number; token: Uint8Array | null },
  ): Promise<{ ids: string[]; next: Uint8Array | null }> {
    const { executions, nextPageToken } = await this.client.workflowService.listWorkflowExecutions({
      namespace: this.client.options.namespace,
      pageSize: page.size,
      nextPageToken: page.token,
      query:
        `TaskQueue = '${this.taskQueue}' AND ExecutionStatus = 'Running' AND ` +
        `StartTime < '${before.toISOString()}'`,
    });
    const ids = executions.flatMap(({ execution }) => execution?.workflowId ?? []);
    return { ids, next: nextPageToken.length > 0 ? nextPageToken : null };
  }

  /** The workflow tasks that wait, and the workers that ask for them. @throws TemporalUnavailableError */
  async queueState(): Promise<QueueState> {
    const { namespace } = this.client.options;
    const describe = () =>
      this.client.workflowService.describeTaskQueue({
        namespace,
        taskQueue: { name: this.taskQueue },
        taskQueueType: WORKFLOW_TASKS,
        reportStats: true,
      });
    const { pollers, stats } = await limited(this.client, HEALTH_LIMIT_MS, describe).catch(
      (error: unknown) => {
        throw new TemporalUnavailableError(error);
      },
    );
    return {
      polled: (pollers ?? []).map(({ lastAccessTime: at }) => Number(at?.seconds ?? 0) * 1000),
      waiting: Number(stats?.approximateBacklogCount ?? 0),
      oldest_seconds: Number(stats?.approximateBacklogAge?.seconds ?? 0),
    };
  }

  /** When a worker last asked for work, in epoch milliseconds, or null. @throws TemporalUnavailableError */
  async lastPolled(): Promise<number | null> {
    const { polled } = await this.queueState();
    return polled.length === 0 ? null : Math.max(...polled);
  }

  /**
   * Conversations of an account whose task fails again and again, some of them by name.
   * @returns null where Temporal does not tell: before its version 1.30
   */
  async failing(account: string, most: number): Promise<{ n: number; items: ConversationKey[] } | null> {
    const of = `WorkflowId STARTS_WITH 'conversation/${account}/' AND ExecutionStatus = 'Running'`;
    const query = `${of} AND TemporalReportedProblems IS NOT NULL`;
    const ask = async () => {
      const { count } = await this.client.workflow.count(query);
      const items: ConversationKey[] = [];
      if (count > 0)
        for await (const { workflowId } of this.client.workflow.list({ query, pageSize: most })) {
          const key = contract.keyOf(workflowId);
          if (key) items.push(key);
          if (items.length === most) break;
        }
      return { n: count, items };
    };
    return limited(this.client, LIMIT_MS, ask).catch(() => null);
  }

  /** Whether a worker asks for work. @throws TemporalUnavailableError */
  async isPolled(now: number): Promise<boolean> {
    const polled = await this.lastPolled();
    return polled !== null && now - polled < POLLED_RECENTLY_MS;
  }

  /** The conversations that run, as Temporal's visibility store lists them. */
  async *running(): AsyncGenerator<ConversationKey> {
    for await (const { key } of this.listed(`ExecutionStatus = 'Running'`)) yield key;
  }

  /** Runs that came to rest after that moment. A conversation is listed as often as it came to rest. */
  async *rested(since: Date): AsyncGenerator<Run> {
    yield* this.listed(`ExecutionStatus = 'Completed' AND CloseTime > '${since.toISOString()}'`);
  }

  /** Runs that were terminated or timed out, the earliest first. */
  async cutOff(): Promise<Run[]> {
    const runs: Run[] = [];
    for await (const run of this.listed(`ExecutionStatus IN ('Terminated', 'TimedOut')`)) runs.push(run);
    return runs.reverse();
  }

  /** Whether a reset terminated the run: then another run got all its events. */
  async wasReset({ key, runId }: Run): Promise<boolean> {
    const { history } = await this.client.workflowService.getWorkflowExecutionHistory({
      namespace: this.client.options.namespace,
      execution: { workflowId: contract.workflowId(key), runId },
      historyEventFilterType: CLOSE_EVENT,
    });
    const end = history?.events?.[0]?.workflowExecutionTerminatedEventAttributes;
    return end?.identity === RESETTER;
  }

  /** The events that a run got, in order: from the run before it, as signals, and as updates. */
  async givenTo({ key, runId }: Run): Promise<Given[]> {
    const handle = this.client.workflow.getHandle(contract.workflowId(key), runId);
    const { events } = await handle.fetchHistory();
    const codecs = this.client.options.loadedDataConverter.payloadCodecs;
    const given: Given[] = [];
    for (const event of events ?? []) given.push(...(await givenIn(event, codecs)));
    return given;
  }

  /** The result of a run that came to rest; null if it is from before runs had a result. */
  async leftBy(key: ConversationKey, runId?: string): Promise<Rested | null> {
    const handle = this.client.workflow.getHandle(contract.workflowId(key), runId);
    const left = (await handle.result()) as Partial<Rested> | null;
    return left?.state ? (left as Rested) : null;
  }

  /** What a conversation has decided so far, or its result if it rests. */
  async stateOf(key: ConversationKey): Promise<WorkflowState> {
    const handle = this.client.workflow.getHandle(contract.workflowId(key));
    try {
      const { status } = await handle.describe();
      if (status.name === 'COMPLETED') {
        const left = await this.leftBy(key);
        return left ? { is: 'rested', ...left } : { is: 'none' };
      }
      if (status.name !== 'RUNNING') return { is: 'none' };
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return { is: 'none' };
      throw error;
    }
    const explain = () => handle.query(contract.explainQuery);
    const told = await this.client.withDeadline(Date.now() + EXPLAIN_LIMIT_MS, explain).catch(() => null);
    return told ? { is: 'running', seq: told.seq, unwritten: told.unwritten } : { is: 'silent' };
  }

  /** A client whose queries go only to workflows that run. */
  private get openOnly(): WorkflowClient {
    const { connection, options } = this.client;
    const { namespace, dataConverter } = options;
    this.open ??= new WorkflowClient({
      ...{ connection, namespace, dataConverter },
      queryRejectCondition: 'NOT_OPEN',
    });
    return this.open;
  }

  private async *listed(status: string): AsyncGenerator<Run> {
    const query = `WorkflowType = '${contract.CONVERSATION_WORKFLOW}' AND ${status}`;
    for await (const { workflowId, runId } of this.client.workflow.list({ query, pageSize: PAGE })) {
      const key = contract.keyOf(workflowId);
      if (key) yield { key, runId };
    }
  }

  private async signalWithStart(workflow: Workflow, signal: string, signalArgs: unknown[]): Promise<void> {
    const { type, ...options } = workflow;
    const { taskQueue } = this;
    await this.client.workflow.signalWithStart(type, { ...options, taskQueue, signal, signalArgs });
  }

  private async startUnlessRunning({ type, ...options }: Workflow): Promise<boolean> {
    try {
      await this.client.workflow.start(type, { ...options, taskQueue: this.taskQueue });
      return true;
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) return false;
      throw error;
    }
  }

  private async promptly<T>(call: () => Promise<T>): Promise<T> {
    if (!this.breaker.admits(Date.now())) throw new TemporalUnavailableError();
    try {
      const result = await limited(this.client, LIMIT_MS, call);
      this.breaker.succeeded();
      return result;
    } catch (error) {
      if (isOutage(error)) this.breaker.failed(Date.now());
      else this.breaker.succeeded();
      throw meaningOf(error);
    }
  }
}

export interface QueueState {
  /** when each of the workers last asked, in epoch milliseconds */
  polled: number[];
  /** tasks that no worker has taken, about */
  waiting: number;
  /** for how long the oldest of them has waited */
  oldest_seconds: number;
}

/** One run of a workflow. */
interface Execution {
  workflowId: string;
  runId: string;
}

/** One run of a conversation's workflow. */
export interface Run {
  key: ConversationKey;
  runId: string;
}

interface Workflow {
  type: string;
  workflowId: string;
  args: [ConversationKey | RolloutInput | WebhookInput | CodeRolloutInput | ErasureInput | BulkInput];
  staticSummary: string;
}

/** The input is only the key, even if the caller's object has more fields. */
function conversationOf({ account, inbox, conversation }: ConversationKey): Workflow {
  return {
    type: contract.CONVERSATION_WORKFLOW,
    workflowId: contract.workflowId({ account, inbox, conversation }),
    args: [{ account, inbox, conversation }],
    staticSummary: `${inbox} · ${conversation}`,
  };
}

function rolloutOf({ account, inbox }: RolloutInput): Workflow {
  return {
    type: contract.SETTINGS_ROLLOUT_WORKFLOW,
    workflowId: contract.rolloutWorkflowId({ account, inbox }),
    args: [{ account, inbox }],
    staticSummary: `settings of ${inbox}`,
  };
}

function deliveryOf({ account, webhook }: WebhookInput): Workflow {
  return {
    type: contract.WEBHOOK_WORKFLOW,
    workflowId: contract.webhookWorkflowId({ account, webhook }),
    args: [{ account, webhook }],
    staticSummary: `deliveries to ${webhook}`,
  };
}

function codeRolloutOf({ number }: CodeRolloutInput): Workflow {
  return {
    type: contract.CODE_ROLLOUT_WORKFLOW,
    workflowId: contract.codeRolloutWorkflowId({ number }),
    args: [{ number }],
    staticSummary: `code number ${number}`,
  };
}

/** The id alone: Temporal's UI must not show what is erased. */
function erasureOf(input: ErasureInput): Workflow {
  return {
    type: contract.ERASURE_WORKFLOW,
    workflowId: contract.erasureWorkflowId(input),
    args: [{ erasure: input.erasure }],
    staticSummary: 'erasure',
  };
}

function bulkOf(input: BulkInput): Workflow {
  return {
    type: contract.BULK_WORKFLOW,
    workflowId: contract.bulkWorkflowId(input),
    args: [{ job: input.job }],
    staticSummary: 'bulk',
  };
}
