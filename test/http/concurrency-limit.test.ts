import { ConcurrencyLimit } from '../../src/http/core/concurrency-limit';

it('lets so many work at once, the others in the order they came, also after a failure', async () => {
  const turns = new ConcurrencyLimit(2);
  let working = 0;
  let most = 0;
  const order: number[] = [];
  const work = (i: number) =>
    turns.take(async () => {
      order.push(i);
      most = Math.max(most, ++working);
      await new Promise((resolve) => setTimeout(resolve, 2));
      working -= 1;
      if (i % 3 === 0) throw new Error('failed');
      return i;
    });
  const done = await Promise.allSettled([1, 2, 3, 4, 5, 6, 7].map(work));
  expect(done.map((result) => result.status === 'fulfilled')).toEqual([
    true,
    true,
    false,
    true,
    true,
    false,
    true,
  ]);
  expect(most).toBe(2);
  expect(order).toEqual([1, 2, 3, 4, 5, 6, 7]);
});
