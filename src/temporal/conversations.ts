/** The client side of the contract: what the API asks of Temporal. */
import {
  isGrpcServiceError,
  QueryRejectedError,
  ServiceError,
  WorkflowClient,
  type Client,
} from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import type { Event } from '../domain/events';
import type { ConversationRecord } from '../domain/record';
import {
  CONVERSATION_WORKFLOW,
  QUERIES,
  rolloutWorkflowId,
  SETTINGS_CHANGED_SIGNAL,
  SETTINGS_ROLLOUT_WORKFLOW,
  TASK_QUEUE,
  workflowId,
  type ConversationKey,
  type RolloutInput,
} from './contract';
import { Outage } from './outage';

/** Temporal cannot be reached, or takes too long. What was asked may have been done all the same: asking again is safe. */
export class TemporalUnavailable extends Error {
  override readonly name = 'TemporalUnavailable';

  constructor(cause?: unknown) {
    super('Temporal does not answer', { cause });
  }
}

/** Below the two seconds in which callers are promised an answer. */
const LIMIT_MS = 1_500;
const HEALTH_LIMIT_MS = 1_000;
/** A poll is held open for a minute, and nothing shows in between. */
const POLLED_RECENTLY_MS = 75_000;
const WORKFLOW_TASKS = 1;
/** gRPC's UNAVAILABLE and DEADLINE_EXCEEDED */
const NO_ANSWER: readonly number[] = [14, 4];

export class Conversations {
  private readonly running: WorkflowClient;
  private readonly outage = new Outage();

  constructor(
    private readonly client: Client,
    private readonly taskQueue = TASK_QUEUE,
  ) {
    const { connection, options } = client;
    const { namespace, dataConverter } = options;
    this.running = new WorkflowClient({
      connection,
      namespace,
      dataConverter,
      queryRejectCondition: 'NOT_OPEN',
    });
  }

  /**
   * Hands an event to its conversation, which is started where it does not run. Once this resolves, Temporal holds the event
   * for good. Most conversations run, and a signal costs Temporal a tenth less than a signal with a start.
   * @throws TemporalUnavailable within two seconds
   */
  signal({ account, inbox, conversation }: ConversationKey, event: Event): Promise<void> {
    const id = workflowId({ account, inbox, conversation });
    return this.promptly(async () => {
      try {
        await this.client.workflow.getHandle(id).signal(event.type, event);
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
        await this.signalWithStart(CONVERSATION_WORKFLOW, {
          workflowId: id,
          args: [{ account, inbox, conversation }],
          signal: event.type,
          signalArgs: [event],
          staticSummary: `${inbox} · ${conversation}`,
        });
      }
    });
  }

  /**
   * Has the idle conversations of an inbox told of its new settings.
   * @throws TemporalUnavailable within two seconds
   */
  startRollout({ account, inbox }: RolloutInput): Promise<void> {
    return this.promptly(() =>
      this.signalWithStart(SETTINGS_ROLLOUT_WORKFLOW, {
        workflowId: rolloutWorkflowId({ account, inbox }),
        args: [{ account, inbox }],
        signal: SETTINGS_CHANGED_SIGNAL,
        signalArgs: [],
        staticSummary: `settings of ${inbox}`,
      }),
    );
  }

  /**
   * The conversation as its workflow holds it, or null where none runs: then the row says all there is to say.
   * @throws TemporalUnavailable within two seconds, also where no worker is there to answer
   */
  async query(key: ConversationKey): Promise<ConversationRecord | null> {
    const handle = this.running.getHandle(workflowId(key));
    try {
      return await limited(this.running, LIMIT_MS, () =>
        handle.query<ConversationRecord>(QUERIES.conversation),
      );
    } catch (error) {
      if (error instanceof QueryRejectedError || error instanceof WorkflowNotFoundError) return null;
      throw new TemporalUnavailable(error);
    }
  }

  /** When a worker last asked for work, in epoch milliseconds, or null. @throws TemporalUnavailable */
  async lastPolled(): Promise<number | null> {
    const { namespace } = this.client.options;
    const describe = () =>
      this.client.workflowService.describeTaskQueue({
        namespace,
        taskQueue: { name: this.taskQueue },
        taskQueueType: WORKFLOW_TASKS,
      });
    const { pollers } = await limited(this.client, HEALTH_LIMIT_MS, describe).catch((error: unknown) => {
      throw new TemporalUnavailable(error);
    });
    const polled = (pollers ?? []).map(({ lastAccessTime: at }) => Number(at?.seconds ?? 0) * 1000);
    return polled.length === 0 ? null : Math.max(...polled);
  }

  /** Whether a worker asks for work. @throws TemporalUnavailable */
  async isPolled(now: number): Promise<boolean> {
    const polled = await this.lastPolled();
    return polled !== null && now - polled < POLLED_RECENTLY_MS;
  }

  private async signalWithStart(type: string, what: SignalWithStart): Promise<void> {
    await this.client.workflow.signalWithStart(type, { ...what, taskQueue: this.taskQueue });
  }

  private async promptly(call: () => Promise<void>): Promise<void> {
    if (!this.outage.admits(Date.now())) throw new TemporalUnavailable();
    try {
      await limited(this.client, LIMIT_MS, call);
      this.outage.succeeded();
    } catch (error) {
      if (isOutage(error)) this.outage.failed(Date.now());
      else this.outage.succeeded();
      throw new TemporalUnavailable(error);
    }
  }
}

interface SignalWithStart {
  workflowId: string;
  args: [ConversationKey | RolloutInput];
  signal: string;
  signalArgs: unknown[];
  staticSummary: string;
}

/**
 * The deadline ends the call that is under way; between the attempts that the SDK makes for its own part nothing does, so a
 * timer of ours is the last word.
 */
async function limited<T>(
  client: Pick<Client, 'withDeadline'>,
  ms: number,
  call: () => Promise<T>,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new NoAnswer(`none within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([client.withDeadline(Date.now() + ms, call), late]);
  } finally {
    clearTimeout(timer);
  }
}

class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

/** Nobody answers; a busy or refusing server does. */
function isOutage(error: unknown): boolean {
  if (error instanceof NoAnswer) return true;
  const cause = error instanceof ServiceError ? error.cause : error;
  return isGrpcServiceError(cause) && NO_ANSWER.includes(cause.code);
}
