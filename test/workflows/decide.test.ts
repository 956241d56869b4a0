/** The update `decide`: any event, answered with its decision once that is written. */
import { WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { TestConversation } from './support/conversation';
import { Service } from './support/service';

let service: Service;
let c: TestConversation;
beforeAll(async () => void (service = await Service.start()));
afterAll(() => service.stop());
beforeEach(async () => void (c = await service.conversation()));

it('answers what was applied, with the conversation right after it', async () => {
  const answer = await c.decide({ id: 'm-1', type: 'message' });
  expect(answer).toMatchObject({
    event: 'm-1',
    verdict: 'applied',
    conversation: { status: 'new', version: 1 },
  });
  expect(answer.conversation).toEqual(await c.record());
  const [entry] = await c.timeline();
  expect(entry).toMatchObject({ event: 'm-1', verdict: 'applied' }); // it is written when it is answered
});

it('answers what was refused, with its rule', async () => {
  const answer = await c.decide({ id: 'a-1', type: 'assign', team: 'sales' });
  expect(answer).toMatchObject({ verdict: 'refused', rule: 'not_open' });
  expect(answer).not.toHaveProperty('reason');
  expect(await c.row()).toMatchObject({ status: 'not_contacted', version: 0, seq: 1 });
});

it('answers what was ignored, with its reason', async () => {
  await c.when('message');
  const answer = await c.decide({ id: 'r-1', type: 'message', kind: 'reaction' });
  expect(answer).toMatchObject({ verdict: 'ignored', reason: 'reaction' });
  expect(answer).not.toHaveProperty('rule');
});

it('answers a known id with `duplicate`, also one that only the database remembers', async () => {
  await c.when('flow_start', { id: 'f-1' });
  expect(await c.decide({ id: 'f-1', type: 'message' })).toMatchObject({ reason: 'duplicate' });
  await c.when('flow_end');
  await c.rested();
  const again = await c.decide({ id: 'f-1', type: 'message' });
  expect(again).toMatchObject({ event: 'f-1', verdict: 'ignored', reason: 'duplicate' });
  expect(again.conversation).toMatchObject({ status: 'closed', version: 2 });
  expect(await c.timeline()).toHaveLength(2);
});

it('answers each of many at once, in the order they were taken', async () => {
  await c.when('message');
  const ids = Array.from({ length: 8 }, (_, i) => `t-${i}`);
  const answers = await Promise.all(ids.map((id) => c.decide({ id, type: 'tag_add', tags: [id] })));
  expect(answers.map((a) => a.verdict)).toEqual(ids.map(() => 'applied'));
  expect(answers.map((a) => a.conversation.version).sort()).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
  for (const { conversation, event } of answers) {
    expect(conversation.tags).toHaveLength(conversation.version - 1);
    expect(conversation.tags.at(-1)?.name).toBe(event);
  }
});

it('two askers about one event get one decision and one duplicate', async () => {
  const answers = await Promise.all([1, 2].map(() => c.decide({ id: 'm-1', type: 'message' })));
  expect(answers.map((a) => a.reason ?? a.verdict).sort()).toEqual(['applied', 'duplicate']);
});

describe('what is not an event is refused, naming the field', () => {
  it.each([
    ['type', undefined],
    ['type', null],
    ['type', 'message'],
    ['type', {}],
    ['type', { id: 'x', type: 'auto_close_due' }],
    ['type', { id: 'x', type: 'constructor' }],
    ['id', { type: 'message' }],
    ['id', { id: 7, type: 'message' }],
    ['id', { id: '', type: 'message' }],
    ['id', { id: '@own', type: 'message' }],
    ['id', { id: 'x'.repeat(129), type: 'message' }],
    ['id', { id: 'nul\0', type: 'message' }],
    ['id', { id: 'lone \ud800', type: 'message' }],
    ['kind', { id: 'x', type: 'message', kind: 'telepathy' }],
    ['agent', { id: 'x', type: 'agent_reply' }],
    ['occurred_at', { id: 'x', type: 'message', occurred_at: 'yesterday' }],
    ['score', { id: 'x', type: 'csat_answer', score: 6 }],
    ['comment', { id: 'x', type: 'csat_answer', score: 5, comment: 'x'.repeat(1001) }],
    ['team', { id: 'x', type: 'assign' }],
    ['assign.team', { id: 'x', type: 'flow_end', execution: 'e', assign: {} }],
    ['tags', { id: 'x', type: 'tag_add', tags: [] }],
    ['tags.1', { id: 'x', type: 'tag_add', tags: ['a', ''] }],
    ['until', { id: 'x', type: 'snooze', until: '9999-01-01T00:00:00Z' }],
  ])('%s: %j', async (field, payload) => {
    const refusal = await c.decide(payload).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(WorkflowUpdateFailedError);
    const { cause } = refusal as WorkflowUpdateFailedError;
    expect(cause).toBeInstanceOf(ApplicationFailure);
    expect(cause).toMatchObject({ type: 'InvalidEvent', nonRetryable: true });
    expect(cause?.message).toMatch(new RegExp(`^${field}: `));
    expect(await c.timeline()).toEqual([]);
  });
});
