/** Guarantee 22: however long the database is away, what was accepted is decided in the end, once and in order. */
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { Activities } from '../../activities';
import { DECISION_PENDING } from '../../src/temporal/contract';
import type { TestConversation } from './support/conversation';
import { eventually } from './support/eventually';
import { Service } from './support/service';
import { serverOfShortHistories } from './support/own-server';

/** An attempt to write and the pause after it are some eight events, so a run of these has one or two. */
const EVENTS_A_RUN = 15;
const TERMINATED_AT = 90;

/** Names of conversations that cannot be loaded or written. */
let unreachable: (conversation: string) => boolean = () => false;
let onWritten = () => {};
let server: TestWorkflowEnvironment;
let service: Service;
beforeAll(async () => {
  const limits = { 'limit.historyCount.error': TERMINATED_AT };
  server = await serverOfShortHistories(EVENTS_A_RUN, limits);
  service = await Service.start({ activities }, server.address);
});
afterAll(async () => {
  await service.stop();
  await server.teardown();
});
afterEach(() => {
  unreachable = () => false;
  onWritten = () => {};
});

function activities(real: Activities): Activities {
  const assertThere = (conversation: string) => {
    if (unreachable(conversation)) throw new Error('the database is away');
  };
  return {
    ...real,
    load: async (key) => (assertThere(key.conversation), real.load(key)),
    persist: async (write, digest) => {
      assertThere(write.key.conversation);
      const persisted = await real.persist(write, digest);
      onWritten();
      return persisted;
    },
    recall: async (key, event) => (assertThere(key.conversation), real.recall(key, event)),
  };
}

const isAway = () => void (unreachable = () => true);
const isBack = () => void (unreachable = () => false);

/** Waits until so many further runs have begun. */
async function outlived(c: TestConversation, runs: number): Promise<void> {
  for (let i = 0; i < runs; i += 1) {
    const { runId } = await c.handle.describe();
    await eventually('a new run', async () => (await c.handle.describe()).runId !== runId, 60_000);
  }
}

it('events of every kind wait through many runs, and are decided in their order', async () => {
  const c = await service.conversation();
  await c.when('message');
  isAway();
  await c.send('assign', { id: '1', agent: 'ana' });
  await c.send('agent_reply', { id: '2', agent: 'ana' });
  await outlived(c, 1);
  expect(await service.temporal.query(c.key)).toBeNull(); // what it carried may be older than the row
  await c.send('tag_add', { id: '3', tags: ['late'] });
  await outlived(c, 2);
  await c.send('close', { id: '4', agent: 'ana' });
  isBack();
  await c.decided('4');
  const timeline = await c.timeline();
  expect(timeline.map(({ event, verdict }) => `${event} ${verdict}`)).toEqual([
    ...['message-1 applied', '1 applied', '2 applied', '3 applied', '4 applied'],
  ]);
  expect(await c.record()).toMatchObject({ status: 'closed', tags: [{ name: 'late' }] });
}, 180_000);

it('a timer that comes due meanwhile acts once it can be written', async () => {
  const c = await service.conversation({ auto_close: { basis: 'last_activity', after_seconds: 1 } });
  onWritten = isAway; // at once: on a busy machine it would be closed before the message's answer is here
  await c.when('message');
  await outlived(c, 2);
  isBack();
  await eventually('it is closed', async () => (await c.row())?.status === 'closed', 60_000);
}, 180_000);

it('a conversation that cannot even be loaded keeps what comes to it', async () => {
  const c = await service.conversation();
  isAway();
  await c.send('message', { id: '1' });
  await outlived(c, 1);
  await c.send('agent_reply', { id: '2' });
  await outlived(c, 1);
  expect(await c.explain()).toMatchObject({ status: 'Being loaded', waiting: 2 });
  expect(await service.temporal.query(c.key)).toBeNull();
  isBack();
  await c.decided('2');
  expect((await c.timeline()).map((e) => e.event)).toEqual(['1', '2']);
}, 180_000);

it('a caller that waits for an answer is told to ask again, and then gets it', async () => {
  const c = await service.conversation();
  await c.when('message');
  isAway();
  const event = { id: 'r', type: 'agent_reply', agent: 'ana' };
  const asking = c.decide(event);
  await expect(asking).rejects.toMatchObject({ cause: { type: DECISION_PENDING } });
  const again = c.decide(event);
  isBack();
  await c.decided('r');
  const answers = [await again.catch(() => c.decide(event)), await c.decide(event)];
  expect(answers).toMatchObject([
    { verdict: 'applied', conversation: { status: 'in_progress' } },
    { verdict: 'ignored', reason: 'duplicate' },
  ]);
}, 180_000);

it('given one row that cannot be written, then its conversation waits and says so, and no other is affected', async () => {
  const [stuck, other] = [await service.conversation(), await service.conversation()];
  await Promise.all([stuck.when('message'), other.when('message')]);
  unreachable = (conversation) => conversation === stuck.key.conversation;
  await stuck.send('agent_reply', { id: 'w' });
  await outlived(stuck, 1);
  const began = Date.now();
  await other.when('agent_reply');
  expect(Date.now() - began).toBeLessThan(5_000);
  const { waiting, unwritten } = await eventually('it is told', async () => {
    const told = await stuck.explain();
    return told.unwritten && told;
  });
  expect([waiting, unwritten?.problem]).toEqual([1, 'the database is away']);
  expect((await stuck.shown()).currentDetails).toContain('Not written');
  isBack();
  await stuck.tell(); // an operator can wake it at once and need not wait for the next attempt
  await stuck.decided('w');
  expect((await stuck.explain()).unwritten).toBeUndefined();
}, 180_000);
