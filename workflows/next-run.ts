import * as wf from '@temporalio/workflow';
import type { ConversationKey } from '../src/domain/key';
import type { Carried, Rested } from '../src/temporal/contract';

/** Temporal takes 10,000 signals and 2,000 updates a run, 51,200 events and 50 MB of history, and 2 MB of input. */
const MANY_SIGNALS = 5_000;
const MANY_UPDATES = 1_200;
const MOST_CARRIED_BYTES = 1_500_000;

/** The part of Temporal's limits that a run has used. */
export class RunLength {
  signals = 0;
  updates = 0;
  private suggestedAt: { events: number; bytes: number } | undefined;

  isSuggested(): boolean {
    return wf.workflowInfo().continueAsNewSuggested;
  }

  /**
   * At 1 the run no longer waits for a quiet moment: the history is twice as long as when Temporal suggested
   * a new run, or half of the signals are used.
   */
  usedUp(): number {
    const { continueAsNewSuggested, historyLength, historySize } = wf.workflowInfo();
    const taken = Math.max(this.signals / MANY_SIGNALS, this.updates / MANY_UPDATES);
    if (!continueAsNewSuggested) return taken;
    this.suggestedAt ??= { events: historyLength, bytes: historySize };
    const { events, bytes } = this.suggestedAt;
    return Math.max(taken, historyLength / (2 * events), historySize / (2 * bytes));
  }
}

/** Whether it is small enough to be the input of a run. */
export function fits(carried: Carried): boolean {
  return new TextEncoder().encode(JSON.stringify(carried)).length <= MOST_CARRIED_BYTES;
}

/** Ends this run and starts the next. */
export function handOver(key: ConversationKey, carried: Carried): Promise<never> {
  const onward = wf.makeContinueAsNewFunc<(key: ConversationKey, carried: Carried) => Promise<Rested>>(
    isOutmoded() ? { initialVersioningBehavior: 'AUTO_UPGRADE' } : {},
  );
  return onward(key, carried);
}

/** Only with versioned workers: this run is pinned to its build, and the next run gets the current build. */
export function isOutmoded(): boolean {
  return wf.workflowInfo().targetWorkerDeploymentVersionChanged;
}
