import { setTimeout as pause } from 'node:timers/promises';

const EVERY_MS = 15;
const AT_MOST_MS = 20_000;

/** Asks again until there is an answer. If there never is one, it throws the last error of `ask`. */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | null | undefined | false>,
  atMostMs = AT_MOST_MS,
): Promise<T> {
  const end = Date.now() + atMostMs;
  let last: unknown;
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== null && answer !== undefined && answer !== false) return answer;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) throw new Error(`not within ${atMostMs} ms: ${what}`, { cause: last });
    await pause(EVERY_MS);
  }
}
