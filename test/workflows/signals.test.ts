/** A signal per event type, by its name, from any client that knows the contract. */
import { EVENT_TYPES, type EventType } from '../../src/domain/events';
import { Service } from './support/service';

let service: Service;
beforeAll(async () => void (service = await Service.start()));
afterAll(() => service.stop());

describe.each(EVENT_TYPES)('the signal %s', (type) => {
  it('is decided as the event it carries', async () => {
    const c = await service.conversation();
    await c.send('message');
    const fields = type === 'snooze' ? { until: new Date(Date.now() + 60_000).toISOString() } : {};
    const entry = await c.when(type, fields);
    expect(entry).toMatchObject({ seq: 2, type, settings_version: 1, from: 'new' });
    expect(entry.data).toMatchObject(fields);
  });

  it('is described with an example, and the example is understood', async () => {
    const c = await service.conversation();
    await c.when('message');
    const { signalDefinitions } = (await c.shown()).definition;
    const description = signalDefinitions.find((s) => s.name === type)?.description ?? '';
    const example = JSON.parse(description.split('Example: ')[1] ?? '') as { id: string };
    await c.signal(type, [example]);
    expect(await c.decided(example.id)).toMatchObject({ type });
    expect((await c.explain()).dropped).toBe(0);
  });
});

it('a payload may name its type, if it is the right one', async () => {
  const c = await service.conversation();
  await c.signal('message', [{ id: 'wrong', type: 'close', agent: 'ana' }]);
  await c.signal('message', [{ id: 'right', type: 'message' }]);
  expect(await c.decided('right')).toMatchObject({ seq: 1, type: 'message' });
  expect((await c.explain()).dropped).toBe(1);
});

it('fields nobody knows are left out', async () => {
  const c = await service.conversation();
  const payload = { id: 'flow-1', flow: 'f', execution: 'x1', colour: 'red', nested: { deep: [1] } };
  await c.signal('flow_start', [payload]);
  const { data } = await c.decided('flow-1');
  expect(data).toEqual({ flow: 'f', execution: 'x1', source: 'flow', has_priority: false });
  await c.signal('flow_end', [{ id: 'end-1', execution: 'x1', assign: { team: 'sales', floor: 3 } }]);
  expect((await c.decided('end-1')).data).toMatchObject({ assign: { team: 'sales' } });
  expect((await c.explain()).dropped).toBe(0);
});

it('signals are decided in the order they came', async () => {
  const c = await service.conversation();
  const types: EventType[] = [
    'message',
    'agent_reply',
    'assign',
    'tag_add',
    'close',
    'reopen',
    'mark_unread',
  ];
  for (const type of types) await c.send(type);
  await c.decided('mark_unread-7');
  const timeline = await c.timeline();
  expect(timeline.map((e) => e.type)).toEqual(types);
  expect(timeline.map((e) => e.seq)).toEqual([1, 2, 3, 4, 5, 6, 7]);
});

it('the same id twice is applied once, with any content the second time', async () => {
  const c = await service.conversation();
  await c.when('message', { id: 'wamid.1' });
  await c.signal('message', [{ id: 'wamid.1' }]);
  await c.signal('close', [{ id: 'wamid.1', agent: 'ana' }]);
  await c.when('mark_read');
  expect((await c.timeline()).map((e) => e.event)).toEqual(['wamid.1', 'mark_read-1']);
  expect(await c.record()).toMatchObject({ status: 'new', version: 2 });
});
