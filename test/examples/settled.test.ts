import { Client } from '../../clients/typescript/src/index';
import { readCounts, settled } from '../../examples/replay/observe';
import { Deciding } from '../http/support/deciding';

let deciding: Deciding;
beforeAll(async () => void (deciding = await Deciding.start()));
afterAll(() => deciding.stop());

test('a replay has settled once all its conversations are closed and archived', async () => {
  const { api } = deciding;
  const client = new Client({ url: api.url, key: api.key });
  const inbox = await api.inbox();
  const c = deciding.conversation(inbox);
  await c.decide({ id: 'm1', type: 'message' });
  await c.decide({ id: 'x1', type: 'close', agent: 'ana' });
  expect(await settled(client, inbox, 1, 500)).toBe(false);
  await c.decide({ id: 'a1', type: 'archive' });
  expect(await settled(client, inbox, 1, 500)).toBe(true);
  expect(await readCounts(client, inbox)).toMatchObject({ total: 1, archived: 1, status: { closed: 1 } });
});
