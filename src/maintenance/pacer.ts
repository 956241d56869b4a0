import { setTimeout as sleep } from 'node:timers/promises';

/** Each call resolves when its turn has come: at an even pace, without a burst after a pause. */
export function pacer(perSecond: number): () => Promise<void> {
  let next = Date.now();
  return async () => {
    const pause = next - Date.now();
    next = Math.max(next, Date.now()) + 1_000 / perSecond;
    if (pause > 0) await sleep(pause);
  };
}
