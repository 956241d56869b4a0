/** Guarantee 8: a late write changes nothing, after its repetition and newer ones were written. */
import type { Activities } from '../../activities';

import type { TestConversation } from './support/conversation';
import { eventually } from './support/eventually';
import { Gate } from './support/gate';
import { failuresIn } from './support/history';
import { Service } from './support/service';
import type { Write } from '../../src/domain/ledger';

const attempts: Write[] = [];
const outcomes = new Map<Write, boolean>();
const gate = new Gate();
let service: Service;
beforeAll(async () => void (service = await Service.start({ activities: watched })));
afterAll(() => service.stop());

it('a write held past its timeout is made again, and when let go, too late', async () => {
  const c = await service.conversation();
  await c.when('message', { id: 'm-1' });
  gate.holdNext();
  await c.send('agent_reply', { id: 'held' });
  await eventually('the write is held', () => Promise.resolve(gate.waiting === 1));

  await c.decided('held'); // by the second attempt, once the first has timed out
  await c.when('message', { id: 'newer' });
  const before = await everything(c);
  gate.release();
  const late = await eventually('the held write is over', () =>
    Promise.resolve(attempts.find((write) => holds(write, 'held') && outcomes.get(write) === false)),
  );
  expect(late.expected_seq).toBe(1);
  expect(await everything(c)).toEqual(before);
  expect((await c.timeline()).map((e) => e.event)).toEqual(['m-1', 'held', 'newer']);
  expect(await c.when('mark_read')).toMatchObject({ seq: 4, verdict: 'applied' });
  expect(failuresIn(await c.history())).toEqual([]);
}, 60_000);

function watched(real: Activities): Activities {
  const gated = gate.around(real);
  return {
    ...gated,
    persist: async (write, digest) => {
      attempts.push(write);
      const result = await gated.persist(write, digest);
      outcomes.set(write, result.written);
      return result;
    },
  };
}

function holds({ steps }: Write, event: string): boolean {
  return steps.some((step) => step.entry.event === event);
}

async function everything(c: TestConversation) {
  return {
    row: await c.row(),
    timeline: await c.timeline(),
    episodes: await c.rows('episodes', 'episode'),
    outbox: await c.rows('outbox', 'id'),
  };
}
