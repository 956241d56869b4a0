/** The client side of the contract: what the API asks of Temporal. */
import { TemporalUnavailableError } from './errors';
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
  type RolloutInput,
} from './contract';
import { CircuitBreaker } from './circuit-breaker';
import type { ConversationKey } from '../domain/key';

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
  private readonly breaker = new CircuitBreaker();

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
   * @throws TemporalUnavailableError within two seconds
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
   * @throws TemporalUnavailableError within two seconds
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
   * @throws TemporalUnavailableError within two seconds, also where no worker is there to answer
   */
  async query(key: ConversationKey): Promise<ConversationRecord | null> {
    const handle = this.running.getHandle(workflowId(key));
    try {
      return await limited(this.running, LIMIT_MS, () =>
        handle.query<ConversationRecord>(QUERIES.conversation),
      );
    } catch (error) {
      if (error instanceof QueryRejectedError || error instanceof WorkflowNotFoundError) return null;
      throw new TemporalUnavailableError(error);
    }
  }

  /** When a worker last asked for work, in epoch milliseconds, or null. @throws TemporalUnavailableError */
  async lastPolled(): Promise<number | null> {
    const { namespace } = this.client.options;
    const describe = () =>
      this.client.workflowService.describeTaskQueue({
        namespace,
        taskQueue: { name: this.taskQueue },
        taskQueueType: WORKFLOW_TASKS,
      });
    const { pollers } = await limited(this.client, HEALTH_LIMIT_MS, describe).catch((error: unknown) => {
      throw new TemporalUnavailableError(error);
    });
    const polled = (pollers ?? []).map(({ lastAccessTime: at }) => Number(at?.seconds ?? 0) * 1000);
    return polled.length === 0 ? null : Math.max(...polled);
  }

  /** Whether a worker asks for work. @throws TemporalUnavailableError */
  async isPolled(now: number): Promise<boolean> {
    const polled = await this.lastPolled();
    return polled !== null && now - polled < POLLED_RECENTLY_MS;
  }

  private async signalWithStart(type: string, what: SignalWithStart): Promise<void> {
    await this.client.workflow.signalWithStart(type, { ...what, taskQueue: this.taskQueue });
  }

  private async promptly(call: () => Promise<void>): Promise<void> {
    if (!this.breaker.admits(Date.now())) throw new TemporalUnavailableError();
    try {
      await limited(this.client, LIMIT_MS, call);
      this.breaker.succeeded();
    } catch (error) {
      if (isOutage(error)) this.breaker.failed(Date.now());
      else this.breaker.succeeded();
      throw new TemporalUnavailableError(error);
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
    timer = setTimeout(() => reject(new NoAnswerError(`none within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([client.withDeadline(Date.now() + ms, call), late]);
  } finally {
    clearTimeout(timer);
  }
}

class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
}

/** Nobody answers; a busy or refusing server does. */
function isOutage(error: unknown): boolean {
  if (error instanceof NoAnswerError) return true;
  const cause = error instanceof ServiceError ? error.cause : error;
  return isGrpcServiceError(cause) && NO_ANSWER.includes(cause.code);
}
