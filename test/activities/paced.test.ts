import { MockActivityEnvironment } from '@temporalio/testing';
import { setTimeout as sleep } from 'node:timers/promises';
import { forEachPaced } from '../../activities/paced';

const PACE = { perSecond: 100, atOnce: 1 };

/** When each piece of work began, in milliseconds after the first. */
async function begun(work: (item: number) => Promise<void>, items = 30): Promise<number[]> {
  const at: number[] = [];
  const all = Array.from({ length: items }, (_, i) => i);
  const one = async (item: number) => {
    at.push(performance.now());
    await work(item);
  };
  await new MockActivityEnvironment().run(() => forEachPaced(all, PACE, one));
  return at.map((ms) => ms - (at[0] ?? 0));
}

it('given many items, then they are started at an even pace and not in bursts', async () => {
  const at = await begun(() => Promise.resolve());
  expect(at.at(-1)).toBeGreaterThanOrEqual(280);
  for (let i = 10; i < at.length; i += 10) expect((at[i] ?? 0) - (at[i - 10] ?? 0)).toBeGreaterThan(80);
});

it('given an item that takes long, then no burst follows to catch up', async () => {
  const at = await begun((item) => sleep(item === 0 ? 200 : 0));
  expect((at.at(-1) ?? 0) - (at[1] ?? 0)).toBeGreaterThanOrEqual(270);
});

it('given an item that fails, then no more are started, and its error is thrown', async () => {
  let done = 0;
  const fails = () => (++done === 3 ? Promise.reject(new Error('the third')) : Promise.resolve());
  await expect(begun(fails)).rejects.toThrow('the third');
  expect(done).toBeLessThanOrEqual(4);
});
