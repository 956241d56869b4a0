import path from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Answered, Asked, Question } from './messages';

/** What a thread may hold: a page, one conversation and the counts fit easily, and nobody can make it take more. */
const LIMITS = { maxOldGenerationSizeMb: 192, maxYoungGenerationSizeMb: 64 };

/** As `npm run api` and the tests start it, TypeScript as it is. */
const BOOT = `require(${JSON.stringify(require.resolve('tsx/cjs'))}); require(${JSON.stringify(path.join(__dirname, 'thread.ts'))});`;

/** A what-if in a thread of its own. */
export class WhatIf {
  private readonly worker: Worker;
  private readonly ended: Promise<never>;

  constructor(question: Question) {
    this.worker = new Worker(BOOT, {
      eval: true,
      execArgv: [],
      resourceLimits: LIMITS,
      workerData: question,
    });
    this.ended = new Promise((_, reject) => {
      this.worker.once('error', reject);
      this.worker.once('exit', () => reject(new Error('the thread of a what-if ended')));
    });
    this.ended.catch(() => {}); // a call that waits for an answer throws it
  }

  /** @param page one at a time; null after the last one */
  async take(page: Asked): Promise<Answered> {
    const answered = new Promise<Answered>((resolve) => this.worker.once('message', resolve));
    this.worker.postMessage(page);
    return Promise.race([answered, this.ended]);
  }

  async stop(): Promise<void> {
    await this.worker.terminate();
  }
}
