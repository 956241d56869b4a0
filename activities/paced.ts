import { sleep } from '@temporalio/activity';

export interface Pace {
  perSecond: number;
  /** how many run at the same time */
  atOnce: number;
}

/**
 * Does the work for one item after the other at an even pace. After an item that takes too long there is no
 * burst to catch up.
 * @throws the first error of the work; after it no more work is started
 */
export async function forEachPaced<T>(
  items: readonly T[],
  { perSecond, atOnce }: Pace,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const under = new Set<Promise<void>>();
  const failures: unknown[] = [];
  let next = Date.now();
  for (const item of items) {
    while (under.size >= atOnce) await Promise.race(under);
    await sleep(Math.max(0, next - Date.now()));
    if (failures.length > 0) break;
    next = Math.max(next, Date.now()) + 1_000 / perSecond;
    const done: Promise<void> = work(item)
      .catch((error: unknown) => void failures.push(error))
      .finally(() => under.delete(done));
    under.add(done);
  }
  await Promise.all(under);
  if (failures.length > 0) throw failures[0];
}
