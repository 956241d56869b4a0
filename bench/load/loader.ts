import { fork } from 'node:child_process';
import path from 'node:path';
import type { Job, Sent } from './job';

/** The load process. It stays for the whole run, because a warm one sends more evenly. */
export class Loader {
  private readonly child = fork(path.join(__dirname, 'process.ts'), {
    execArgv: ['--import', 'tsx'],
    serialization: 'advanced',
  });

  get pid(): number {
    return this.child.pid ?? 0;
  }

  run(job: Job): Promise<Sent> {
    return new Promise((resolve, reject) => {
      const gone = () => reject(new Error('the load process ended'));
      this.child.once('exit', gone);
      this.child.once('message', (answer: Sent | { error: string }) => {
        this.child.off('exit', gone);
        if ('error' in answer) reject(new Error(answer.error));
        else resolve(answer);
      });
      this.child.send(job, (error) => error && reject(error));
    });
  }

  close(): void {
    this.child.disconnect();
  }
}
