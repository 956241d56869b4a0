/** One conversation has one workflow and one row, from any client, with any input and any number of starts at once. */
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { CONVERSATION_WORKFLOW, TASK_QUEUE, workflowId } from '../../src/temporal/contract';
import { eventsOf } from './support/history';
import { Service } from './support/service';

let service: Service;
beforeAll(async () => void (service = await Service.start()));
afterAll(() => service.stop());

describe('an input that is not the one of the workflow id', () => {
  it.each<[string, (key: object) => unknown[]]>([
    ['nothing', () => []],
    ['null', () => [null]],
    ['a text', () => ['c-1']],
    ['an empty object', () => [{}]],
    ['another conversation', (key) => [{ ...key, conversation: 'another' }]],
    ['another account', (key) => [{ ...key, account: 'another' }]],
    ['a field too many', (key) => [{ ...key, status: 'closed' }]],
    ['a wrong type', (key) => [{ ...key, inbox: 7 }]],
    ['a slash', (key) => [{ ...key, inbox: 'a/b' }]],
  ])('%s: the workflow fails with InvalidInput', async (_, args) => {
    const c = await service.conversation();
    const handle = await service.client.workflow.start(CONVERSATION_WORKFLOW, {
      workflowId: workflowId(c.key),
      taskQueue: TASK_QUEUE,
      args: args(c.key),
    });
    const failure: unknown = await handle.result().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(WorkflowFailedError);
    const { cause } = failure as WorkflowFailedError;
    expect(cause).toBeInstanceOf(ApplicationFailure);
    expect(cause).toMatchObject({ type: 'InvalidInput', nonRetryable: true });
    expect(cause?.message).toContain('conversation/<account>/<inbox>/<conversation>');
    expect(await c.row()).toBeUndefined();
  });

  it('is followed by a good start under the same id', async () => {
    const c = await service.conversation();
    const options = { workflowId: workflowId(c.key), taskQueue: TASK_QUEUE };
    const handle = await service.client.workflow.start(CONVERSATION_WORKFLOW, { ...options, args: [] });
    await expect(handle.result()).rejects.toBeInstanceOf(WorkflowFailedError);
    expect(await c.when('message')).toMatchObject({ seq: 1, verdict: 'applied' });
  });
});

it.each<[unknown]>([[{}], [null], [{ state: { status: 'closed' }, seq: 7 }], ['carried']])(
  'a second argument, which only a run hands to the next, is not listened to: %j',
  async (carried) => {
    const c = await service.conversation();
    await service.client.workflow.signalWithStart(CONVERSATION_WORKFLOW, {
      workflowId: workflowId(c.key),
      taskQueue: TASK_QUEUE,
      args: [c.key, carried],
      signal: 'message',
      signalArgs: [{ id: 'm-1' }],
    });
    expect(await c.decided('m-1')).toMatchObject({ seq: 1, verdict: 'applied' });
  },
);

it('50 first messages at once: one workflow, one row, 50 applied (guarantee 5)', async () => {
  const c = await service.conversation();
  const ids = Array.from({ length: 50 }, (_, i) => `wamid.${i}`);
  await Promise.all(ids.map((id) => c.send('message', { id })));
  await Promise.all(ids.map((id) => c.decided(id)));
  const timeline = await c.timeline();
  expect(timeline.map((e) => e.event).sort()).toEqual([...ids].sort());
  expect(timeline.map((e) => e.verdict)).toEqual(ids.map(() => 'applied'));
  expect(timeline.map((e) => e.seq)).toEqual(ids.map((_, i) => i + 1));
  expect(await c.rows('conversations', 'seq')).toHaveLength(1);
  expect(await c.row()).toMatchObject({ status: 'new', episode: 1, version: 50, seq: 50 });
  const history = await c.history();
  expect(eventsOf(history, 'signaled')).toHaveLength(50); // all of them went to this one run
  expect(eventsOf(history, 'workflow_task_failed')).toEqual([]);
  const runs = service.client.workflow.list({ query: `WorkflowId = '${workflowId(c.key)}'` });
  const found = new Set<string>();
  for await (const run of runs) found.add(run.runId);
  expect(found.size).toBeLessThanOrEqual(1); // visibility may lag, but never shows a second one
});
