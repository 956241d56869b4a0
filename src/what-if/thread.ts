/** The thread in which a what-if is computed, so that no request waits for it: pages come, counts and examples go. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Asked, Question } from './messages';
import { Run } from './run';

const run = new Run(workerData as Question);
parentPort?.on('message', (page: Asked) => parentPort?.postMessage(run.take(page)));
