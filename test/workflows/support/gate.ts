import { asyncLocalStorage } from '@temporalio/activity';
import type { Activities } from '../../../activities';

/** Makes the next writes wait, like a slow database. */
export class Gate {
  private toHold = 0;
  private readonly held: (() => void)[] = [];

  /** The real activities behind this gate, for the worker. */
  readonly around = (real: Activities): Activities => ({
    ...real,
    persist: async (write, digest) => {
      if (this.toHold > 0) {
        this.toHold -= 1;
        await new Promise<void>((pass) => this.held.push(pass));
        // on its way to the database already: its activity's end does not call it back
        return asyncLocalStorage.exit(() => real.persist(write, digest));
      }
      return real.persist(write, digest);
    },
  });

  holdNext(writes = 1): void {
    this.toHold = writes;
  }

  get waiting(): number {
    return this.held.length;
  }

  release(): void {
    this.toHold = 0;
    for (const pass of this.held.splice(0)) pass();
  }
}
