/** Guarantee 21: rules and workflow may change under open conversations. Runs of older code are reset, and go on from their rows. */
import { WorkflowUpdateFailedError } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { setTimeout as sleep } from 'node:timers/promises';
import { recordedCode } from '../../src/db/code-numbers';
import { reconcileAll } from '../../src/maintenance/reconcile';
import { NewerCodeError, takeUp } from '../../src/maintenance/code-takeover';
import { NUMBERED } from '../../src/runtime/worker-build';
import { CODE_BUILD, CODE_NUMBER, codeNumberOf } from '../../src/temporal/code-number';
import { codeProgressQuery, codeRolloutWorkflowId } from '../../src/temporal/contract';
import { bundleOf } from './support/bundle';
import type { TestConversation } from './support/conversation';
import { eventually } from './support/eventually';
import { eventsOf, failuresIn } from './support/history';
import { Service, type WorkerChanges } from './support/service';
import { serverOfShortHistories } from './support/own-server';

let server: TestWorkflowEnvironment;
let older: WorkerChanges;
let newer: WorkerChanges;
let service: Service;

beforeAll(async () => {
  server = await serverOfShortHistories(40);
  [older, newer] = await Promise.all([codeOf(CODE_NUMBER - 1), codeOf(CODE_NUMBER + 1)]);
});
afterAll(() => server.teardown());
beforeEach(async () => void (service = await Service.start(older, server.address)));
afterEach(() => service.stop());

/** A worker with another number, whose workflow asks Temporal for something else and carries its state in another shape. */
async function codeOf(number: number): Promise<WorkerChanges> {
  const workflowBundle = await bundleOf(
    { file: 'src/temporal/code-number.ts', find: `CODE_NUMBER = ${CODE_NUMBER}`, put: `CODE_NUMBER = ${number}` },
    { file: 'workflows/conversation-run.ts', find: 'async live(): Promise<contract.Rested> {', put: 'async live(): Promise<contract.Rested> {\n    await wf.sleep(1);' },
    { file: 'workflows/conversation-run.ts', find: 'code: CODE_NUMBER, held,', put: "code: CODE_NUMBER, held: 'another shape' as never," },
    { file: 'workflows/conversation-run.ts', find: 'this.held = carried?.held ?? null;', put: 'this.held = null;' },
    { file: 'workflows/next-run.ts', find: 'MANY_SIGNALS = 5_000', put: 'MANY_SIGNALS = 5' },
  ); // prettier-ignore
  const version = { ...NUMBERED.version, buildId: `code-${number}` };
  return { workflowBundle, workerDeploymentOptions: { version, useWorkerVersioning: false } };
}

/** A worker whose workflow asks Temporal for something else, and whose number was not raised. */
async function mistaken(): Promise<WorkerChanges> {
  const find = 'async live(): Promise<contract.Rested> {';
  return {
    workflowBundle: await bundleOf({
      file: 'workflows/conversation-run.ts',
      find,
      put: `${find}\n    await wf.sleep(1);`,
    }),
  };
}

/** The code that works on a conversation's current run. */
async function codeNumber(c: TestConversation): Promise<number | null> {
  const [first] = eventsOf(await c.history(), 'workflow_task_completed');
  return codeNumberOf(first?.workflowTaskCompletedEventAttributes?.workerVersion?.buildId ?? '');
}

async function failures(c: TestConversation): Promise<string[]> {
  return failuresIn(await c.history());
}

async function underThisCode(c: TestConversation): Promise<void> {
  await eventually('its run is of this code', async () => (await codeNumber(c)) === CODE_NUMBER);
}

it('given a run that cannot go on, when it is reconciled, then it is named as stuck and reset, and decides what waits', async () => {
  await service.stopWorker();
  await service.startWorker(await mistaken());
  const c = await service.conversation();
  await c.when('message');
  await service.stopWorker();
  await service.startWorker();
  await c.send('mark_read', { id: 'waits' });
  await eventually('its task fails', async () => failuresIn(await c.history()).length > 0);

  const told: string[] = [];
  const stores = { pool: service.database.pool, temporal: service.temporal };
  const options = { dryRun: false, since: new Date(), tell: (line: string) => void told.push(line) };
  expect(await reconcileAll(stores, options)).toEqual({ found: 1, left: 0 });
  expect(told.join()).toMatch(/^stuck .*: mended$/);
  expect(await c.decided('waits')).toMatchObject({ seq: 2, verdict: 'applied' });
  expect(await failures(c)).toEqual([]);
}, 120_000);

it('given a run of older code, when an event comes, then the run is reset at once and decides it', async () => {
  const c = await service.conversation({ auto_close: { after_seconds: 3600 } });
  for (const type of ['message', 'agent_reply', 'tag_add', 'message'] as const) await c.when(type);
  expect(await codeNumber(c)).toBe(CODE_NUMBER - 1);
  const before = { row: await c.row(), timeline: await c.timeline() };

  await service.stopWorker();
  await service.startWorker();
  expect(await c.when('mark_read')).toMatchObject({ seq: 5, verdict: 'applied' });

  await underThisCode(c);
  expect((await c.timeline()).slice(0, 4)).toEqual(before.timeline);
  expect((await c.record()).next).toEqual(before.row?.next);
  expect(await c.explain()).toMatchObject({ seq: 5, waiting: 0 });
  expect(await failures(c)).toEqual([]);
});

it('given a run that another one of older code began, when it is reset, then it goes on from its row', async () => {
  const c = await service.conversation();
  const { runId } = await c.handle.describe().catch(() => ({ runId: '' }));
  for (let i = 0; i < 14; i++) await c.when('message');
  await eventually('another run', async () => {
    const now = await c.handle.describe();
    return now.runId !== runId && (await c.history())[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId;
  }); // prettier-ignore
  await service.stopWorker();
  await c.send('agent_reply', { id: 'waits' });
  await service.startWorker();
  expect(await c.decided('waits')).toMatchObject({ seq: 15, to: 'in_progress' });
  await underThisCode(c);
  expect(await c.record()).toMatchObject({ status: 'in_progress', version: 15 });
  expect(await failures(c)).toEqual([]);
});

it('given events that a run of older code handed to the next one undecided, when that is reset, then they are decided in order', async () => {
  await service.stopWorker();
  const persist = () => Promise.reject(new Error('the database is away'));
  await service.startWorker({ ...older, activities: (real) => ({ ...real, persist }) });
  const c = await service.conversation();
  const ids = Array.from({ length: 6 }, (_, i) => `m${i}`);
  for (const id of ids) await c.send('message', { id });
  await eventually('another run', async () =>
    Boolean((await c.history())[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId),
  );
  await service.stopWorker();
  await c.send('agent_reply', { id: 'last' });
  await service.startWorker();
  await c.decided('last');
  expect((await c.timeline()).map(({ event }) => event)).toEqual([...ids, 'last']);
  await underThisCode(c);
  expect(await failures(c)).toEqual([]);
});

it('given an update without an answer, when its run is reset, then it is decided once, and the caller is told to ask again', async () => {
  const c = await service.conversation();
  await c.when('message');
  await service.stopWorker();
  const persist = jest.fn(() => Promise.reject(new Error('the database is away')));
  await service.startWorker({ ...older, activities: (real) => ({ ...real, persist }) });
  const asked = { id: 'asked', type: 'tag_add', tags: ['vip'] };
  const first = c.decide(asked).catch((error: unknown) => error);
  await eventually('it is being written', () => Promise.resolve(persist.mock.calls.length > 0));
  await service.stopWorker();
  await service.startWorker();
  expect(await c.decided('asked')).toMatchObject({ seq: 2, verdict: 'applied' });
  await underThisCode(c);
  expect(await first).toBeInstanceOf(WorkflowUpdateFailedError);
  expect(await c.decide(asked)).toMatchObject({ event: 'asked' });
  expect(await c.timeline()).toHaveLength(2);
});

it('given open runs of older code, when the rollout is done, then each is of this code, and nothing else of them has changed', async () => {
  const settings = { auto_close: { after_seconds: 3600 }, csat: { enabled: true } };
  const conversations = await Promise.all(Array.from({ length: 12 }, () => service.conversation(settings)));
  await Promise.all(
    conversations.map(async (c, i) => {
      await c.when('message');
      if (i % 2 === 0) await c.when('agent_reply');
      if (i % 4 === 0) await c.when('close');
    }),
  );
  const before = await Promise.all(conversations.map((c) => c.row()));
  await service.stopWorker();
  await conversations[1]?.send('mark_read', { id: 'waits' });
  await takeUp(service.database.pool);
  await service.startWorker();
  await service.temporal.startCodeRollout({ number: CODE_NUMBER });

  const rollout = service.client.workflow.getHandle(codeRolloutWorkflowId({ number: CODE_NUMBER }));
  const done: unknown = await rollout.result();
  for (const c of conversations) await underThisCode(c);
  expect(await rollout.query(codeProgressQuery)).toEqual(done);
  expect(done).toMatchObject({ failed: 0 });
  expect(await recordedCode(service.database.pool)).toEqual({ number: CODE_NUMBER, rolled_out: true });
  expect((await conversations[1]?.decided('waits'))?.verdict).toBe('applied');
  for (const [i, c] of conversations.entries()) {
    if (i !== 1) expect(await c.row()).toEqual(before[i]);
    expect((await c.record()).next).toEqual(before[i]?.next);
    expect(await failures(c)).toEqual([]);
  }
});

it('given a run of newer code, when an older worker comes upon it, then it leaves it alone', async () => {
  await service.stopWorker();
  await service.startWorker(newer);
  const c = await service.conversation();
  await c.when('message');
  const { runId } = await c.handle.describe();
  await service.stopWorker();
  await service.startWorker();
  await c.send('mark_read', { id: 'waits' });
  await eventually('its task fails', async () =>
    failuresIn(await c.history())
      .join()
      .includes('has to be reset'),
  );
  await sleep(500);
  expect((await c.handle.describe()).runId).toBe(runId);

  await service.stopWorker();
  await service.startWorker(newer);
  expect(await c.decided('waits')).toMatchObject({ seq: 2 });
  expect((await c.handle.describe()).runId).toBe(runId);
});

it('given a database in which newer code decides, when a worker starts, then it refuses', async () => {
  const { pool } = service.database;
  await takeUp(pool);
  expect(await recordedCode(pool)).toEqual({ number: CODE_NUMBER, rolled_out: false });
  await takeUp(pool);
  await pool.query('INSERT INTO code_numbers (number) VALUES ($1)', [CODE_NUMBER + 1]);
  await expect(takeUp(pool)).rejects.toThrow(NewerCodeError);
  expect(CODE_BUILD).toBe(`code-${CODE_NUMBER}`);
});
