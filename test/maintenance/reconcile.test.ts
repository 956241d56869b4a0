/** What an operator is told after a workflow was ended by force, and what becomes of its events. */
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { Activities } from '../../activities';
import { reconcileAll } from '../../src/maintenance/reconcile';
import { unheard, type Unheard } from '../../src/maintenance/unheard';
import { TemporalClient } from '../../src/temporal/client';
import { Service } from '../workflows/support/service';
import { serverOfItsOwn } from '../workflows/support/own-server';

let away = false;
let server: TestWorkflowEnvironment;
let service: Service;
/** Reconciliation looks at every conversation of the server: on the shared one, also at those that other tests left. */
beforeAll(async () => {
  server = await serverOfItsOwn();
  service = await Service.start({ activities }, server.address);
});
afterAll(async () => {
  await service.stop();
  await server.teardown();
});

function activities(real: Activities): Activities {
  const persist: Activities['persist'] = (write, digest) => {
    if (away) throw new Error('this row is refused');
    return real.persist(write, digest);
  };
  return { ...real, persist };
}

async function reconciled(conversation: string, dryRun = false): Promise<string[]> {
  const told: string[] = [];
  const temporal = new TemporalClient(service.client, service.taskQueue);
  const tell = (line: string) => void (line.includes(`/${conversation}:`) && told.push(line));
  await reconcileAll({ pool: service.workerPool(), temporal }, { dryRun, since: new Date(), tell });
  return told.map((line) => line.replace(/ [^ ]+\/[^:]+:/, ':'));
}

test('given a workflow that was terminated with events undecided, then they are found and sent again in order', async () => {
  const c = await service.conversation();
  await c.when('message');
  await service.stopWorker();
  await c.send('agent_reply', { id: 'a' });
  await c.signal('close', ['no event']);
  await c.send('close', { id: 'b', agent: 'ana' });
  await c.handle.terminate();
  await service.startWorker();
  const found = 'unheard: 2 events that a run was given were never decided';
  expect(await reconciled(c.key.conversation, true)).toEqual([`${found}: not changed`]);
  expect(await reconciled(c.key.conversation)).toEqual([`${found}: mended`]);
  expect((await c.timeline()).map((e) => e.event)).toEqual(['message-1', 'a', 'b']);
  expect(await reconciled(c.key.conversation)).toEqual([]);
}, 90_000);

test('given events that wait while their run is reset, then the run that goes on has them, and none is called unheard', async () => {
  const c = await service.conversation();
  await c.when('message');
  await service.stopWorker();
  await c.send('agent_reply', { id: 'waits' });
  const { runId } = await c.handle.describe();
  const temporal = new TemporalClient(service.client, service.taskQueue);
  await temporal.reset(c.handle.workflowId, { reason: 'a test', onlyOlder: false });
  const pool = service.workerPool();
  const found: Unheard[] = [];
  for await (const one of unheard({ pool, temporal }))
    if (one.key.conversation === c.key.conversation) found.push(one);
  await pool.end();
  expect(found).toEqual([]);

  await service.startWorker({ activities });
  expect(await c.decided('waits')).toMatchObject({ seq: 2, verdict: 'applied' });
  expect((await c.handle.describe()).runId).not.toBe(runId);
}, 90_000);

test('given a row that the database refuses, then it is named with the reason, and mended once it is taken', async () => {
  await service.stopWorker();
  await service.startWorker({ activities });
  const c = await service.conversation();
  await c.when('message');
  away = true;
  await c.send('agent_reply', { id: 'r' });
  await new Promise((done) => setTimeout(done, 3_000));
  expect(await reconciled(c.key.conversation, true)).toEqual(['unwritten: this row is refused: not changed']);
  away = false;
  await reconciled(c.key.conversation);
  expect((await c.decided('r')).verdict).toBe('applied');
}, 90_000);
