import { addSpent, type KeyRate } from '../../db/key-rates';
import type { Database } from '../../db/database';
import type { KeyHolder } from '../../db/keys';
import { TooManyRequestsError } from './problems';

const SHARE_MS = 200;
/** Of fractions of units that are lost in arithmetic. */
const SLACK = 1e-6;

type Headers = Record<string, string>;

/**
 * Holds each key to its rate. What a key has used is paid off by time, `rate` units a second; it may use as many at once. Each
 * process counts in memory and answers at once; every 200 ms the processes tell each other by way of the database. While that
 * is away, each goes on by itself.
 */
export class RateLimits {
  private readonly meters = new Map<string, Meter>();
  private readonly timer: NodeJS.Timeout;
  private sharing = false;
  /** when it was last begun */
  private shared = performance.now();

  constructor(private readonly database: Database) {
    this.timer = setInterval(() => void this.share(), SHARE_MS);
  }

  /**
   * Counts a request, or says whether one could be counted now. A batch that is larger than the rate is let through where the key
   * owes nothing; it then waits the longer.
   * @param units as how many; 0: only looks
   * @returns the headers that say what is left; null where the key has no limit
   * @throws TooManyRequestsError; then nothing is counted
   */
  count({ id, rate_per_second: rate }: KeyHolder, units: number): Headers | null {
    if (rate === null) return null;
    const meter = this.meters.get(id) ?? new Meter(rate);
    this.meters.set(id, meter);
    const waits = meter.take(performance.now(), units);
    const headers = headersOf(meter);
    if (waits > 0) throw new TooManyRequestsError(rate, Math.ceil(waits), headers);
    return headers;
  }

  close(): void {
    clearInterval(this.timer);
  }

  private async share(): Promise<void> {
    if (this.sharing) return;
    this.sharing = true;
    const sent = performance.now();
    const age = (sent - this.shared) / 1_000;
    this.shared = sent;
    const spent = this.unshared();
    if (spent.length > 0)
      for (const { key_id, seconds } of await addSpent(this.database, spent, age).catch(() => []))
        this.meters.get(key_id)?.learn(performance.now(), sent, seconds);
    this.sharing = false;
  }

  private unshared(): KeyRate[] {
    const spent: KeyRate[] = [];
    for (const [key_id, meter] of this.meters) {
      const seconds = meter.unshared();
      if (seconds > 0) spent.push({ key_id, seconds });
      else if (meter.isIdle(performance.now())) this.meters.delete(key_id);
    }
    return spent;
  }
}

/** What one key has used, as far as this process knows. */
class Meter {
  /** owed at `at`; below the rate, unless other processes or a batch used more */
  used = 0;
  private at = 0;
  private kept = 0;

  constructor(readonly rate: number) {}

  /** @returns for how many seconds there is too little left; 0: it is taken */
  take(now: number, units: number): number {
    this.payOff(now);
    const wanted = Math.min(Math.max(units, 1), this.rate);
    const lacking = this.used + wanted - this.rate;
    if (lacking > SLACK) return lacking / this.rate;
    this.used += units;
    this.kept += units;
    return 0;
  }

  /** In seconds of the rate, what the others do not know of yet; from now on they do. */
  unshared(): number {
    const { kept } = this;
    this.kept = 0;
    return kept / this.rate;
  }

  /** @param seconds of the rate that all processes had used at `then`; what was kept here since comes on top */
  learn(now: number, then: number, seconds: number): void {
    this.payOff(now);
    const others = (seconds - (now - then) / 1_000) * this.rate + this.kept;
    this.used = Math.max(this.used, others);
  }

  isIdle(now: number): boolean {
    this.payOff(now);
    return this.used === 0;
  }

  private payOff(now: number): void {
    this.used = Math.max(0, this.used - ((now - this.at) / 1_000) * this.rate);
    this.at = now;
  }
}

/** draft-ietf-httpapi-ratelimit-headers-08 */
function headersOf({ rate, used }: Meter): Headers {
  const left = Math.max(0, Math.floor(rate - used + SLACK));
  return {
    'RateLimit-Policy': `"key";q=${rate};w=1`,
    RateLimit: `"key";r=${left};t=${Math.ceil(used / rate)}`,
  };
}
