import * as wf from '@temporalio/workflow';
import type { ConversationKey } from '../src/domain/key';
import type { Carried, Rested } from '../src/temporal/contract';

/** Temporal takes 10,000 signals and 2,000 updates a run, 51,200 events and 50 MB of history, and 2 MB of input. */
const MANY_SIGNALS = 5_000;
const MANY_UPDATES = 1_200;
const MOST_CARRIED_BYTES = 1_500_000;

/** How much of what Temporal allows a run has used up. */
export class RunLength {
  signals = 0;
  updates = 0;
  private suggestedAt: { events: number; bytes: number } | undefined;

  isSuggested(): boolean {
    return wf.workflowInfo().continueAsNewSuggested;
  }

  /**
   * 1 where it is no use to wait for a quiet moment any longer: the history is twice as long as when Temporal suggested a new
   * run, or half of its signals are used up.
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

/** Whether it may be the input of a run. */
export function fits(carried: Carried): boolean {
  return new TextEncoder().encode(JSON.stringify(carried)).length <= MOST_CARRIED_BYTES;
}

/** Ends this run and begins the next. */
export function handOver(key: ConversationKey, carried: Carried): Promise<never> {
  const onward = wf.makeContinueAsNewFunc<(key: ConversationKey, carried: Carried) => Promise<Rested>>(
    isOutmoded() ? { initialVersioningBehavior: 'AUTO_UPGRADE' } : {},
  );
  return onward(key, carried);
}

/** Only with versioned workers: the run is pinned to its build, and the next run goes to the current one. */
export function isOutmoded(): boolean {
  return wf.workflowInfo().targetWorkerDeploymentVersionChanged;
}
