/**
 * `npm run record:histories`: plays a life of each kind on a real Temporal server, and keeps its history under the number of the
 * code. A number that was released keeps its recordings: raise it first. `--again` records a number anew that was not released.
 */
import { parseArgs } from 'node:util';
import { CODE_NUMBER } from '../../src/temporal/code-number';
import { endRun } from '../support/end-of-run';
import globalSetup from '../support/global-setup';
import { LIVES, LONG } from './lives';
import { eventually } from './support/eventually';
import { isRecorded, keepRecording } from './support/recordings';
import { Service } from './support/service';
import { serverOfShortHistories } from './support/own-server';

const { values } = parseArgs({ options: { again: { type: 'boolean', default: false } } });

async function record(): Promise<void> {
  const server = await serverOfShortHistories(LONG);
  const service = await Service.start({}, server.address);
  try {
    for (const [kind, live] of Object.entries(LIVES)) {
      const run = await live(service);
      await eventually('nothing is under way', async () => !(await run.describe()).raw.pendingWorkflowTask);
      keepRecording(CODE_NUMBER, kind, await run.fetchHistory());
      console.log(`${CODE_NUMBER}/${kind}`);
    }
  } finally {
    await service.stop();
    await server.teardown();
  }
}

async function main(): Promise<void> {
  if (isRecorded(CODE_NUMBER) && !values.again) {
    console.error(
      `Code number ${CODE_NUMBER} is recorded: raise it. If it was not released yet: npm run record:histories -- --again`,
    );
    process.exitCode = 1;
    return;
  }
  try {
    await globalSetup();
    await record();
  } finally {
    await endRun();
  }
}

void main();
