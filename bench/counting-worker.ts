/** The worker of the bare loops: the same SDK, tuning and process boundaries as the service's own. */
import { bundleWorkflowCode, DefaultLogger, Worker } from '@temporalio/worker';
import path from 'node:path';
import { readFileSync, writeFileSync } from 'node:fs';
import { createLogger } from '../src/runtime/log';
import { collectSeldom } from '../src/runtime/process';
import { connectTemporal } from '../src/temporal/connection';
import { workerTuning } from '../src/runtime/worker-tuning';
import { COUNTING_QUEUE } from './bare';

void run();

async function run(): Promise<void> {
  collectSeldom();
  const address = process.env.TEMPORAL_ADDRESS ?? '';
  const { connection, namespace } = await connectTemporal(
    { address, namespace: process.env.TEMPORAL_NAMESPACE ?? 'default' },
    createLogger('warn'),
  );
  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue: COUNTING_QUEUE,
    workflowBundle: await bundle(process.env.BENCH_DIR ?? ''),
    ...workerTuning,
  });
  process.once('SIGTERM', () => worker.shutdown());
  process.stdout.write('ready\n');
  await worker.run();
  await connection.close();
}

async function bundle(dir: string): Promise<{ code: string }> {
  const kept = path.join(dir, 'counting.js');
  try {
    return { code: readFileSync(kept, 'utf8') };
  } catch {
    const { code } = await bundleWorkflowCode({
      workflowsPath: path.join(__dirname, 'workflows', 'index.ts'),
      logger: new DefaultLogger('WARN'),
    });
    writeFileSync(kept, code);
    return { code };
  }
}
