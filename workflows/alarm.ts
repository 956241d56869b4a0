import { CancellationScope, isCancellation, sleep } from '@temporalio/workflow';
import type { Deadline, Timer } from '../src/domain/conversation';

const SUMMARIES: Record<Timer, string> = {
  auto_close: 'auto-close',
  csat_timeout: 'C-SAT timeout',
  auto_archive: 'auto-archive',
  flow_timeout: 'flow timeout',
  snooze: 'snooze',
};

/**
 * The one durable timer of a conversation. A deadline that moves later leaves it as it is: it rings early, and is
 * set again then. So a busy conversation does not pay two history events a message for its auto-close.
 */
export class Alarm {
  private armed: (Deadline & { scope: CancellationScope }) | null = null;

  /** Whether it rang before this deadline and is to be set again. */
  rang(next: Deadline | null): boolean {
    return this.armed === null && next !== null;
  }

  set(next: Deadline | null): void {
    if (next === null || this.serves(next)) return;
    this.armed?.scope.cancel();
    const armed = { ...next, scope: new CancellationScope() };
    this.armed = armed;
    void this.ring(armed);
  }

  private serves(next: Deadline): boolean {
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
