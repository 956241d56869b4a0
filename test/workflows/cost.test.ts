/** What an event costs in history events: they are what a Temporal server is paid and sized by. */
import type { TestConversation } from './support/conversation';
import { eventually } from './support/eventually';
import { Gate } from './support/gate';
import { eventsOf, type HistoryEvent } from './support/history';
import { Service, type InboxSettings } from './support/service';

const gate = new Gate();
let service: Service;
beforeAll(async () => void (service = await Service.start({ activities: gate.around })));
afterAll(() => service.stop());

const inboxes: [string, InboxSettings][] = [
  ['with default settings', {}],
  ['with a timer that each message moves', { auto_close: { basis: 'last_activity', after_seconds: 86_400 } }],
  ["with a timer of the customer's silence", { auto_close: { after_seconds: 9, basis: 'customer_silence' } }],
];

describe.each(inboxes)('a message that changes no status, %s', (_, settings) => {
  it('costs five events', async () => {
    const c = await service.conversation(settings);
    await c.when('agent_reply');
    const before = (await settled(c)).length;
    await c.when('message');
    expect((await settled(c)).length - before).toBe(5);
    await c.when('message');
    expect((await settled(c)).length - before).toBe(10);
  });

  it('costs two in a burst of four', async () => {
    const c = await service.conversation(settings);
    await c.when('message');
    await settled(c);
    gate.holdNext();
    await c.send('message');
    await eventually('a write is under way', () => Promise.resolve(gate.waiting === 1));
    const before = eventsOf(await c.history(), 'signaled').length;
    for (let i = 0; i < 4; i++) await c.send('message', { id: `burst-${i}` });
    gate.release();
    await c.decided('burst-3');
    const history = await settled(c);
    const first = eventsOf(history, 'signaled')[before]; // the burst begins here
    const rest = history.filter((e) => Number(e.eventId) >= Number(first?.eventId));
    expect(rest).toHaveLength(8);
  });
});

describe('search attributes', () => {
  it('are upserted when the status changes, and only then', async () => {
    const c = await service.conversation();
    for (const type of ['message', 'message', 'mark_read', 'agent_reply', 'tag_add', 'message'] as const)
      await c.when(type);
    await c.when('close');
    const upserts = eventsOf(await settled(c), 'search_attributes_upserted').map(attributesOf);
    const statuses = upserts.map((u) => u.ConversationStatus);
    expect(statuses.slice(-3)).toEqual(['new', 'in_progress', 'closed']);
    expect(new Set(statuses).size).toBe(statuses.length);
    expect(upserts[0]).toMatchObject({ InboxId: c.key.inbox, AccountId: c.key.account });
    for (const upsert of upserts.slice(1)) expect(Object.keys(upsert)).toEqual(['ConversationStatus']);
  });

  it('find conversations by status, inbox and account', async () => {
    const [a, b] = [await service.conversation(), await service.conversation()];
    await a.when('message');
    await b.when('flow_start');
    const { workflow } = service.client;
    const count = async (query: string) =>
      (await workflow.count(`AccountId = '${service.account}' AND ${query}`)).count;
    await eventually('found', async () => (await count(`ConversationStatus = 'in_flow'`)) === 1);
    await eventually('found', async () => (await count(`InboxId = '${a.key.inbox}'`)) === 1);
  });
});

/** Its history once no task is under way any more. */
function settled(c: TestConversation): Promise<HistoryEvent[]> {
  return eventually('no task is under way', async () => {
    const history = await c.history();
    const scheduled = eventsOf(history, 'workflow_task_scheduled').length;
    return scheduled === eventsOf(history, 'workflow_task_completed').length && history;
  });
}

function attributesOf({ upsertWorkflowSearchAttributesEventAttributes: upsert }: HistoryEvent) {
  const fields = Object.entries(upsert?.searchAttributes?.indexedFields ?? {});
  return Object.fromEntries(
    fields.map(([name, { data }]) => [name, JSON.parse(Buffer.from(data ?? '').toString()) as unknown]),
  );
}
