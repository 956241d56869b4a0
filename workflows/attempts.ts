import { TemporalFailure } from '@temporalio/workflow';
import type { Unwritten } from '../src/temporal/contract';

const FIRST_PAUSE_MS = 1_000;
/** Rows are up to date again within a minute after the database is back. */
const LONGEST_PAUSE_MS = 30_000;
const TOLD = 200;

/** Repeats a call to the database with growing pauses, and knows since when the calls fail. */
export class Attempts {
  /** undefined while the calls succeed */
  unwritten: Unwritten | undefined;

  /** @param pause waits; it may end the run and never return */
  constructor(private readonly pause: (ms: number) => Promise<void>) {}

  async until<T>(ask: () => Promise<T>): Promise<T> {
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
      try {
        const answer = await ask();
        this.unwritten = undefined;
        return answer;
      } catch (error) {
        if (!(error instanceof TemporalFailure)) throw error; // of whatever kind: one that got out would end the conversation
        this.failed(error);
        await this.pause(pause * (0.5 + Math.random() / 2)); // not all conversations in the same moment
      }
    }
  }

  private failed({ cause, message }: TemporalFailure): void {
    const { since = new Date().toISOString(), tries = 0 } = this.unwritten ?? {};
    this.unwritten = { since, tries: tries + 1, problem: (cause?.message ?? message).slice(0, TOLD) };
  }
}
