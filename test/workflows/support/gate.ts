import type { Activities } from '../../../activities';

/** Makes the next writes wait, as a slow database would. */
export class Gate {
  private toHold = 0;
  private readonly held: (() => void)[] = [];

  /** For the worker: the real activities behind this gate. */
  readonly around = (real: Activities): Activities => ({
    ...real,
    persist: async (write, digest) => {
      if (this.toHold > 0) {
        this.toHold -= 1;
        await new Promise<void>((pass) => this.held.push(pass));
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
