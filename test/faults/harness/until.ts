import { setTimeout as sleep } from 'node:timers/promises';

/** @returns whether it became true in time; an error of the check counts as not yet */
export async function until(
  look: () => boolean | Promise<boolean>,
  withinMs: number,
  everyMs = 100,
): Promise<boolean> {
  for (const end = Date.now() + withinMs; ; await sleep(everyMs)) {
    try {
      if (await look()) return true;
    } catch {
      // not yet
    }
    if (Date.now() > end) return false;
  }
}

/** Calls it for every item, a limited number at a time. Results are in the order of the items. */
export async function eachOf<T, R>(
  items: readonly T[],
  atOnce: number,
  call: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async () => {
    for (let i = next++; i < items.length; i = next++) results[i] = await call(items[i] as T);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}
