import { CancellationScope, isCancellation, sleep } from '@temporalio/workflow';
import type { Timer } from '../src/domain/conversation';

/**
 * Why to wake up: a deadline of the conversation, or the end of the time that it stays with nothing left to
 * do.
 */
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
 * The one durable timer of a conversation. A deadline that moves later does not change it: it rings early and
 * is then set again. So the auto-close of a busy conversation does not cost two history events a message.
 */
export class Alarm {
  private armed: (Ring & { scope: CancellationScope }) | null = null;

  /** Whether it rang before this deadline, so that it must be set again. */
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
