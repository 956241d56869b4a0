/** How a {@link Batcher} gathers. */
export interface BatcherOptions {
  /** most items in one call */
  size: number;
  /** while calls follow each other, how long the first item may wait for others, in milliseconds */
  linger_ms: number;
  /** whether an error is the fault of one item, so that the others are worth trying without it */
  faultOfOne: (error: unknown) => boolean;
}

/**
 * Shares one call between all who ask for it at about the same time: group commit. An item that finds nothing under
 * way goes at once; those that come while a call is under way, or right after one, go together.
 */
export class Batcher<I, O> {
  private waiting: { item: I; resolve: (o: O) => void; reject: (e: unknown) => void }[] = [];
  private busy = false;

  constructor(
    private readonly call: (items: I[]) => Promise<O[]>,
    private readonly options: BatcherOptions,
  ) {}

  add(item: I): Promise<O> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, resolve, reject });
      if (!this.busy) void this.run();
    });
  }

  private async run(): Promise<void> {
    this.busy = true;
    while (this.waiting.length > 0) {
      await this.callOnce(this.waiting.splice(0, this.options.size));
      if (this.waiting.length < this.options.size) await pause(this.options.linger_ms);
    }
    this.busy = false;
  }

  private async callOnce(batch: typeof this.waiting): Promise<void> {
    try {
      const results = await this.call(batch.map((b) => b.item));
      batch.forEach((b, i) => b.resolve(results[i] as O));
    } catch (error) {
      if (batch.length > 1 && this.options.faultOfOne(error)) await this.oneByOne(batch);
      else batch.forEach((b) => b.reject(error));
    }
  }

  private async oneByOne(batch: typeof this.waiting): Promise<void> {
    for (const one of batch) await this.callOnce([one]);
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
