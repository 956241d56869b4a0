/** How a {@link Batcher} gathers. */
export interface BatcherOptions {
  /** most items in one call */
  size: number;
  /** how long the first item may wait for others while calls follow each other, in milliseconds */
  linger_ms: number;
  /** whether an error is the fault of one item, so that the others are worth trying without it */
  faultOfOne: (error: unknown) => boolean;
}

/** After this many milliseconds a call does not hold back the next one, because it may never be answered. */
const OVERTAKE_MS = 1_000;
const MOST_CALLS = 3;
/** Calls that failed longer ago than this many milliseconds say nothing about now. */
const FAILURE_COUNTS_MS = 60_000;

interface Item<I, O> {
  readonly item: I;
  readonly since: number;
  readonly resolve: (o: O) => void;
  readonly reject: (e: unknown) => void;
}

/** The caller does not wait for the item's result any more. */
class LeftError extends Error {
  override readonly name = 'LeftError';

  constructor(options: ErrorOptions) {
    super('nobody waits for it any more', options);
  }
}

/**
 * Lets items that come at about the same time share one call (group commit). An item goes at once if no call
 * runs; those that come during a call, or right after one, go together.
 */
export class Batcher<I, O> {
  private waiting: Item<I, O>[] = [];
  /** In order of their coming: also those of calls under way. */
  private readonly unanswered = new Set<Item<I, O>>();
  private readonly underWay = new Set<Promise<void>>();
  private failing: { since: number; last: number } | null = null;
  private busy = false;

  constructor(
    private readonly call: (items: I[]) => Promise<O[]>,
    private readonly options: BatcherOptions,
  ) {}

  /** @param signal aborts the item when its caller does not wait any more */
  add(item: I, signal?: AbortSignal): Promise<O> {
    return new Promise((resolve, reject) => {
      const one = { item, since: Date.now(), resolve, reject };
      const leave = () => {
        this.waiting = this.waiting.filter((other) => other !== one);
        this.unanswered.delete(one);
        reject(new LeftError({ cause: signal?.reason }));
      };
      if (signal?.aborted) return leave();
      signal?.addEventListener('abort', leave, { once: true });
      this.waiting.push(one);
      this.unanswered.add(one);
      if (!this.busy) void this.run();
    });
  }

  /** Items without a result. */
  get size(): number {
    return this.unanswered.size;
  }

  /** For how long an item has been without a result, or every call has failed, in milliseconds. */
  get behindMs(): number {
    const now = Date.now();
    const [oldest] = this.unanswered;
    const { failing } = this;
    const failed = failing && now - failing.last < FAILURE_COUNTS_MS ? failing.since : now;
    return now - Math.min(oldest?.since ?? now, failed);
  }

  private async run(): Promise<void> {
    this.busy = true;
    while (this.waiting.length > 0) {
      if (this.underWay.size >= MOST_CALLS) {
        await Promise.race(this.underWay);
        continue; // who waited may have left
      }
      await this.start(this.waiting.splice(0, this.options.size));
      if (this.waiting.length < this.options.size) await pause(this.options.linger_ms);
    }
    this.busy = false;
  }

  /** Resolves when the call has ended, or is to be overtaken. */
  private start(batch: Item<I, O>[]): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, OVERTAKE_MS);
      const call = this.callOnce(batch).finally(() => {
        this.underWay.delete(call);
        clearTimeout(timer);
        resolve();
      });
      this.underWay.add(call);
    });
  }

  private async callOnce(batch: Item<I, O>[]): Promise<void> {
    try {
      const results = await this.call(batch.map((b) => b.item));
      this.failing = null;
      batch.forEach((b, i) => b.resolve(results[i] as O));
    } catch (error) {
      if (batch.length > 1 && this.options.faultOfOne(error)) return this.oneByOne(batch);
      if (!this.options.faultOfOne(error)) this.failed(batch);
      batch.forEach((b) => b.reject(error));
    }
    for (const one of batch) this.unanswered.delete(one);
  }

  private async oneByOne(batch: Item<I, O>[]): Promise<void> {
    for (const one of batch) await this.callOnce([one]);
  }

  private failed(batch: Item<I, O>[]): void {
    const last = Date.now();
    this.failing = { since: this.failing?.since ?? batch[0]?.since ?? last, last };
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
