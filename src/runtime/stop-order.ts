import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';

/** More than a part should need, and short enough that the parts after it can still stop. */
const patienceMs = 6_500;

type Stop = () => Promise<unknown> | void;

/**
 * What a process has started. It is stopped in the opposite order, so that no part loses what it still needs.
 */
export class StopOrder {
  private readonly parts: { name: string; stop: Stop }[] = [];
  private done: Promise<void> | undefined;

  constructor(private readonly logger: Logger) {}

  get stopping(): boolean {
    return this.done !== undefined;
  }

  /**
   * Registers how a part that was just started is stopped.
   * @throws Error when all is being stopped already; then this part is stopped too
   */
  add(name: string, stop: Stop): void {
    this.parts.push({ name, stop });
    if (!this.done) return;
    this.done = this.done.then(() => this.stopParts());
    throw new Error('stopped while starting');
  }

  /**
   * Stops one part after the other. If one fails to stop, that is logged, and the others are stopped all the
   * same.
   */
  stopAll(): Promise<void> {
    return (this.done ??= this.stopParts());
  }

  private async stopParts(): Promise<void> {
    for (let part = this.parts.pop(); part; part = this.parts.pop()) {
      const begun = Date.now();
      try {
        await Promise.race([part.stop(), tooLong()]);
        this.logger.debug({ part: part.name, ms: Date.now() - begun }, 'Stopped');
      } catch (error) {
        this.logger.error({ err: error, part: part.name }, 'Could not be stopped cleanly');
      }
    }
  }
}

async function tooLong(): Promise<never> {
  await sleep(patienceMs, undefined, { ref: false });
  throw new Error(`stopping took longer than ${patienceMs} ms`);
}
