import { circuitBreakerOpen } from '../metrics/requests';

const FAILURES = 3;
const PAUSE_MS = 250;

/**
 * Remembers that calls fail, so that the next ones fail at once. After some failures in a row it admits no
 * call, except one from time to time to see whether Temporal is back.
 */
export class CircuitBreaker {
  private failures = 0;
  private nextTrial = 0;
  private trying = false;

  /**
   * Whether a call may be made at `now`, in epoch milliseconds. An admitted caller must report succeeded() or
   * failed().
   */
  admits(now: number): boolean {
    if (this.failures < FAILURES) return true;
    if (this.trying || now < this.nextTrial) return false;
    this.trying = true;
    return true;
  }

  succeeded(): void {
    if (this.failures >= FAILURES) circuitBreakerOpen.set(0);
    this.failures = 0;
    this.trying = false;
  }

  failed(now: number): void {
    this.failures += 1;
    if (this.failures >= FAILURES) circuitBreakerOpen.set(1);
    this.trying = false;
    this.nextTrial = now + PAUSE_MS;
  }
}
