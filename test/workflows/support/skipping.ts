import { Client, type WorkflowClientInterceptor } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { Timer } from '../../../src/domain/conversation';
import { TIMER_EVENTS } from '../../../src/domain/events';
import type { Entry } from '../../../src/domain/timeline';
import { SEARCH_ATTRIBUTES, TASK_QUEUE } from '../../../src/temporal/contract';
import { createDatabase, timeSkipping } from '../../support/servers';
import type { TestConversation } from './conversation';
import { eventually } from './eventually';
import { Service, type WorkerChanges } from './service';

const STUCK_AFTER_MS = 50_000;
/** The test server fails a task that takes back a timer which has just fired (the real one does not): so none is short. */
export const REST_AFTER_MS = 600_000;

/**
 * The service on a Temporal server of its own whose clock jumps when it is told to; in between it runs
 * normally.
 */
export class SkippingService extends Service {
  private clock!: TestWorkflowEnvironment;

  static async begin(changes: WorkerChanges = {}): Promise<SkippingService> {
    const clock = await timeSkipping();
    await registerSearchAttributes(clock);
    const { nativeConnection: connection } = clock;
    const client = new Client({ connection, interceptors: { workflow: [askingAgain] } });
    const database = await createDatabase();
    const service = new SkippingService(connection, client, database, TASK_QUEUE, () => clock.teardown());
    service.clock = clock;
    await service.startWorker({ restAfterMs: REST_AFTER_MS, ...changes });
    return service;
  }

  /** The server's time, in epoch milliseconds. */
  now(): Promise<number> {
    return this.clock.currentTimeMs();
  }

  /** Lets the clock jump to that time. Timers that are due before it fire and are handled first. */
  async to(moment: number, stuckAfterMs = STUCK_AFTER_MS): Promise<void> {
    const ms = Math.max(1, moment - (await this.now()));
    try {
      await this.clock.connection.withDeadline(Date.now() + stuckAfterMs, () => this.clock.sleep(ms));
    } catch (cause) {
      throw new Error('the clock stands still: a task is under way and does not end', { cause });
    }
  }

  /** Waits until the timer's decision is the last one. @returns it */
  acted(c: TestConversation, timer: Timer): Promise<Entry> {
    return eventually(`${timer} acts`, async () => {
      const last = (await c.timeline()).at(-1);
      return last?.type === TIMER_EVENTS[timer] && last;
    });
  }
}

async function registerSearchAttributes({ connection }: TestWorkflowEnvironment): Promise<void> {
  const keyword = 2; // IndexedValueType
  await connection.operatorService.addSearchAttributes({
    namespace: 'default',
    searchAttributes: Object.fromEntries(Object.values(SEARCH_ATTRIBUTES).map((name) => [name, keyword])),
  });
}

/**
 * Unlike the real one, the test server first looks for a run and then sends to it. If the run ends in
 * between, the signal is refused and not received; sent again, it starts the next run.
 */
const askingAgain: WorkflowClientInterceptor = {
  signalWithStart: (input, next) => again(() => next(input)),
  startUpdateWithStart: (input, next) => again(() => next(input)),
};

async function again<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!hasEnded(error)) throw error;
    return again(ask);
  }
}

function hasEnded(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return /Completed workflow|execution already completed/.test(error.message) || hasEnded(error.cause);
}
