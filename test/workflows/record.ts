/**
 * `npm run record:histories [-- <version>]`: plays a life of each kind on a real Temporal server and keeps
 * its history. The recordings of a released version are never replaced; `--again` replaces those of a version
 * that is not released yet.
 */
import { parseArgs } from 'node:util';
import { version as current } from '../../package.json';
import { endRun } from '../support/end-of-run';
import globalSetup from '../support/global-setup';
import { LIVES, LONG } from './lives';
import { eventually } from './support/eventually';
import { isRecorded, keepRecording } from './support/recordings';
import { Service } from './support/service';
import { serverOfShortHistories } from './support/own-server';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { again: { type: 'boolean', default: false } },
});
const [version = current] = positionals;

async function record(): Promise<void> {
  const server = await serverOfShortHistories(LONG);
  const service = await Service.start({}, server.address);
  try {
    for (const [kind, live] of Object.entries(LIVES)) {
      const run = await live(service);
      await eventually('nothing is under way', async () => !(await run.describe()).raw.pendingWorkflowTask);
      keepRecording(version, kind, await run.fetchHistory());
      console.log(`${version}/${kind}`);
    }
  } finally {
    await service.stop();
    await server.teardown();
  }
}

async function main(): Promise<void> {
  if (isRecorded(version) && !values.again) {
    console.error(
      `Version ${version} is recorded. If it was not released yet: npm run record:histories -- --again`,
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
