import { CancellationScope, isCancellation, sleep } from '@temporalio/workflow';
import type { Timer } from '../src/domain/conversation';

/** What to wake up for: a deadline of the conversation, or the end of the while in which it stays though nothing is left to do. */
export interface Ring {
  timer: Timer | 'rest';
  due_at: number;
}

const SUMMARIES: Record<Ring['timer'], string> = {
  auto_close: 'auto-close',
  csat_timeout: 'C-SAT timeout',
  auto_archive: 'auto-archive',
  flow_timeout: 'flow timeout',
  snooze: 'snooze',
  rest: 'rest',
};

/**
 * The one durable timer of a conversation. A deadline that moves later leaves it as it is: it rings early, and is
 * set again then. So a busy conversation does not pay two history events a message for its auto-close.
 */
export class Alarm {
  private armed: (Ring & { scope: CancellationScope }) | null = null;

  /** Whether it rang before this deadline and is to be set again. */
  rang(next: Ring | null): boolean {
    return this.armed === null && next !== null;
  }

  set(next: Ring | null): void {
    if (next === null || this.serves(next)) return;
    this.armed?.scope.cancel();
    const armed = { ...next, scope: new CancellationScope() };
    this.armed = armed;
    void this.ring(armed);
  }

  private serves(next: Ring): boolean {
    return this.armed !== null && this.armed.timer === next.timer && this.armed.due_at <= next.due_at;
  }

  private async ring(armed: NonNullable<typeof this.armed>): Promise<void> {
    try {
      const delay = Math.max(1, armed.due_at - Date.now());
      await armed.scope.run(() => sleep(delay, { summary: SUMMARIES[armed.timer] }));
      if (this.armed === armed) this.armed = null;
    } catch (error) {
      if (!isCancellation(error)) throw error;
    }
  }
}
