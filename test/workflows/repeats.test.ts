/** A sender that gives two events the same id is not answered (202), so it is counted where an operator looks. */
import { eventually } from './support/eventually';
import { Service } from './support/service';

let service: Service;
beforeAll(async () => void (service = await Service.start()));
afterAll(() => service.stop());

const reusedIs = (c: Awaited<ReturnType<Service['conversation']>>, n: number) =>
  eventually(`${n} are counted`, async () => (await c.explain()).reused === n);

it('given an id that was decided, when it comes with another content, then it is counted and changes nothing', async () => {
  const c = await service.conversation();
  await c.when('tag_add', { id: 't' });
  await c.when('message', { id: 'm' });
  await c.signal('message', [{ id: 'm', kind: 'media' }]);
  await reusedIs(c, 1);
  await c.signal('agent_reply', [{ id: 'm', agent: 'ana' }]);
  await reusedIs(c, 2);
  expect(await c.timeline()).toHaveLength(2);
});

it('given an id that only the database knows, then it is compared with what was kept', async () => {
  const c = await service.conversation();
  await c.when('message', { id: 'm' });
  await c.when('close');
  await c.rested();
  await c.signal('message', [{ id: 'm' }]);
  await c.rested();
  await c.signal('message', [{ id: 'm', kind: 'media' }]);
  await reusedIs(c, 1);
});

it('the same event again is no other one, whichever way it is spelt', async () => {
  const c = await service.conversation();
  await c.when('message', { id: 'm' });
  await c.signal('message', [{ kind: 'text', id: 'm' }]);
  await c.signal('message', [{ id: 'm' }]);
  await c.when('mark_read');
  expect((await c.explain()).reused).toBeUndefined();
});
