import { fork } from 'node:child_process';
import path from 'node:path';
import type { Setup } from '../setup';

/** When the changes of each event came, by the event's id: epoch milliseconds, one for each reader and change. */
export type Arrivals = Record<string, number[]>;
export type Crowded = { open: number; url: string; key: string; inbox: string } | { report: true };
export interface Seen {
  open: number;
  arrivals: Arrivals;
}

const ANSWER_MS = 60_000;

/** Many readers of the inbox's stream, in a process of their own. */
export class Crowd {
  private readonly child = fork(path.join(__dirname, 'readers.ts'), {
    execArgv: ['--import', 'tsx'],
    serialization: 'advanced',
  });

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Resolves when all are open. */
  async open(count: number, { url, key, inbox }: Setup): Promise<void> {
    await this.ask({ open: count, url, key, inbox });
  }

  /** What came since the last report. */
  report(): Promise<Seen> {
    return this.ask({ report: true });
  }

  close(): void {
    if (this.child.connected) this.child.disconnect();
  }

  private ask(what: Crowded): Promise<Seen> {
    return new Promise((resolve, reject) => {
      const gone = () => reject(new Error('the readers ended'));
      const late = setTimeout(() => reject(new Error('the streams did not open')), ANSWER_MS);
      this.child.once('exit', gone);
      this.child.once('message', (seen: Seen) => {
        clearTimeout(late);
        this.child.off('exit', gone);
        resolve(seen);
      });
      this.child.send(what, (error) => error && reject(error));
    });
  }
}
