/**
 * A conversation with nothing to wait for costs nothing: its workflow completes, and the next event starts it
 * again.
 */
import { Service } from './support/service';

let service: Service;
beforeAll(async () => void (service = await Service.start()));
afterAll(() => service.stop());

it('closed with no timer, it rests; the next event goes on from the row', async () => {
  const c = await service.conversation();
  await c.when('message');
  await c.when('tag_add', { tags: ['vip'] });
  await c.when('close', { reason: 'solved' });
  await c.rested();
  const entry = await c.when('reopen');
  expect(entry).toMatchObject({ seq: 4, from: 'closed', to: 'in_progress', version: 4 });
  expect(await c.record()).toMatchObject({ episode: 1, tags: [{ name: 'vip', locked: true }] });
  expect(await c.isRunning()).toBe(true);
});

it('does not rest while a timer is pending', async () => {
  const c = await service.conversation({ auto_archive: { after_seconds: 3600 } });
  await c.when('message');
  await c.when('close');
  expect((await c.record()).next?.timer).toBe('auto_archive');
  expect(await c.isRunning()).toBe(true);
  await c.when('archive');
  await c.rested();
});

it('rests when its first event is refused, and stays known', async () => {
  const c = await service.conversation();
  expect(await c.when('close')).toMatchObject({ verdict: 'refused', rule: 'not_open' });
  await c.rested();
  expect(await c.row()).toMatchObject({ status: 'not_contacted', version: 0, seq: 1 });
});

it('an id from before the rest is still known after it', async () => {
  const c = await service.conversation();
  await c.when('message', { id: 'wamid.1' });
  await c.when('close');
  await c.rested();
  await c.signal('message', [{ id: 'wamid.1' }]);
  await c.rested();
  expect(await c.record()).toMatchObject({ status: 'closed', version: 2 });
  await c.when('message', { id: 'wamid.2' });
  expect((await c.timeline()).map((e) => e.event)).toEqual(['wamid.1', 'close-1', 'wamid.2']);
});

it('an event that comes while it goes to rest is not lost', async () => {
  const c = await service.conversation();
  for (let i = 0; i < 15; i++) {
    await c.send('message', { id: `m-${i}` });
    await c.send('close', { id: `c-${i}` });
  }
  await c.decided('c-14');
  const timeline = await c.timeline();
  expect(timeline).toHaveLength(30);
  expect(timeline.every((e) => e.verdict === 'applied')).toBe(true);
  expect((await c.record()).episode).toBe(15);
});

it('many conversations wake and rest at once', async () => {
  const conversations = await Promise.all(Array.from({ length: 15 }, () => service.conversation()));
  await Promise.all(
    conversations.map(async (c) => {
      for (const execution of ['first', 'second']) {
        await c.when('flow_start', { execution });
        await c.when('flow_end', { execution });
        await c.rested();
      }
    }),
  );
  for (const c of conversations) expect(await c.row()).toMatchObject({ episode: 2, version: 4, seq: 4 });
});

it('its result in Temporal is enough to rebuild its row', async () => {
  const c = await service.conversation();
  await c.when('message');
  await c.when('close');
  await c.rested();
  expect(await c.handle.result()).toMatchObject({
    state: { status: 'closed', version: 2 },
    seq: 2,
    settings_version: 1,
  });
});
