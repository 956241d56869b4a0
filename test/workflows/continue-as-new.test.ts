/** Guarantee 7: a long life is lived in many runs, and nothing is lost or applied twice between them. */
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { TestConversation } from './support/conversation';
import { eventually } from './support/eventually';
import { eventsOf, failuresIn, type HistoryEvent } from './support/history';
import { Service } from './support/service';
import { serverOfShortHistories } from './support/own-server';

const EVERY = 20;
const SENDERS = 10;
/** The long version sends 10,000. */
const SIGNALS = Number(process.env.CONTINUE_AS_NEW_SIGNALS ?? 600);

let server: TestWorkflowEnvironment;
let service: Service;
beforeAll(async () => {
  server = await serverOfShortHistories(EVERY);
  service = await Service.start({}, server.address);
});
afterAll(async () => {
  await service.stop();
  await server.teardown();
});

it(`${SENDERS} senders at once, ${SIGNALS} signals: each once, in its sender's order`, async () => {
  const c = await service.conversation();
  await c.send('message', { id: 'first' });
  const first = (await c.handle.describe()).runId;
  const each = SIGNALS / SENDERS;
  const sender = async (name: number) => {
    for (let i = 0; i < each; i++) {
      await c.send('message', { id: `${name}-${i}` });
      if (i % 5 < 4) continue;
      await c.send('message', { id: `${name}-${i - 4}` }); // a retry, perhaps in another run
      await c.decided(`${name}-${i}`); // no sender is more than five ahead: the server buffers a hundred
    }
  };
  await Promise.all(Array.from({ length: SENDERS }, (_, name) => sender(name)));
  await eventually('all are applied', async () => (await c.row())?.version === SIGNALS + 1, 30_000);

  const timeline = await c.timeline();
  expect(timeline.map((e) => e.seq)).toEqual(timeline.map((_, i) => i + 1));
  expect(timeline.filter((e) => e.verdict !== 'applied')).toEqual([]);
  for (let name = 0; name < SENDERS; name++) {
    const its = timeline.map((e) => e.event).filter((id) => id.startsWith(`${name}-`));
    expect(its).toEqual(Array.from({ length: each }, (_, i) => `${name}-${i}`));
  }
  const runs = await historiesSince(c, first);
  expect(runs.length).toBeGreaterThan(SIGNALS / 100);
  expect(runs.flatMap(failuresIn)).toEqual([]);
}, 120_000);

it('state, deadline, known ids and counts go along', async () => {
  const c = await service.conversation({ auto_close: { basis: 'last_activity', after_seconds: 4 } });
  await c.when('message', { id: 'wamid.1' });
  const { runId } = await c.handle.describe();
  await c.signal('message', ['poison']);
  for (const tag of ['a', 'b', 'c', 'd']) await c.when('tag_add', { tags: [tag] });
  const before = { record: await c.record(), explained: await c.explain() };
  await eventually('another run', async () => (await c.handle.describe()).runId !== runId);

  const after = await eventually('it answers', async () => ({
    record: await c.record(),
    explained: await c.explain(),
  }));
  expect(after).toEqual(before);
  expect(after.explained.dropped).toBe(1);
  await c.signal('message', [{ id: 'wamid.1' }]);
  const closed = await c.decided('@auto_close_due.6');
  expect(closed.data).toEqual({ due_at: before.record.next?.due_at });
  expect(await c.timeline()).toHaveLength(6);
  await c.rested();
});

it('askers get their answers, however many runs begin meanwhile', async () => {
  const c = await service.conversation();
  await c.when('message');
  const asker = async (name: number) => {
    const verdicts: string[] = [];
    for (let i = 0; i < 6; i++) {
      const id = `tag-${name}-${i}`;
      verdicts.push((await c.decide({ id, type: 'tag_add', tags: [id] })).verdict);
    }
    return verdicts;
  };
  const verdicts = await Promise.all([1, 2, 3, 4, 5].map(asker));
  expect(new Set(verdicts.flat())).toEqual(new Set(['applied']));
  expect((await c.row())?.version).toBe(31);
});

/** The histories of that run and all after it. */
async function historiesSince(c: TestConversation, runId: string): Promise<HistoryEvent[][]> {
  const runs: HistoryEvent[][] = [];
  for (let next: string | null | undefined = runId; next;) {
    const handle = service.client.workflow.getHandle(c.handle.workflowId, next);
    const events: HistoryEvent[] = (await handle.fetchHistory()).events ?? [];
    runs.push(events);
    const [handedOver] = eventsOf(events, 'continued_as_new');
    next = handedOver?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId;
  }
  return runs;
}
