const FAILURES = 3;
const PAUSE_MS = 250;

/**
 * Remembers that calls fail, so that the next ones need not wait to find out. After some failures in a row nobody is let
 * through; from time to time one is, to see whether it is over.
 */
export class CircuitBreaker {
  private failures = 0;
  private nextTrial = 0;
  private trying = false;

  /** Whether a call may be made at `now`, in epoch milliseconds. Who is let through tells what came of it. */
  admits(now: number): boolean {
    if (this.failures < FAILURES) return true;
    if (this.trying || now < this.nextTrial) return false;
    this.trying = true;
    return true;
  }

  succeeded(): void {
    this.failures = 0;
    this.trying = false;
  }

  failed(now: number): void {
    this.failures += 1;
    this.trying = false;
    this.nextTrial = now + PAUSE_MS;
  }
}
