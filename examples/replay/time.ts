/** Recorded time, made short. Recorded times are epoch milliseconds, replayed ones milliseconds after the begin. */
import type { Turn } from './chats';

const MINUTE_MS = 60_000;
/** Nobody of all those replayed writes for that long: the rest of the silence is skipped. */
const LONGEST_SILENCE_MS = 5 * MINUTE_MS;

/** Chats are recorded to the minute: what was written within one is spread over it, in its order. */
export function spread(turns: Turn[]): Turn[] {
  const inMinute = new Map<number, number>();
  for (const { at } of turns) inMinute.set(at, (inMinute.get(at) ?? 0) + 1);
  const seen = new Map<number, number>();
  return turns.map((turn) => {
    const nth = seen.get(turn.at) ?? 0;
    seen.set(turn.at, nth + 1);
    const part = nth / (inMinute.get(turn.at) ?? 1);
    return { ...turn, at: turn.at + Math.floor(part * MINUTE_MS) };
  });
}

/** When each of these recorded moments is due, at that speed and with the silences between them cut short. */
export function compressed(moments: number[], speed: number): (at: number) => number {
  const dues = new Map<number, number>();
  let before: number | null = null;
  let recorded = 0;
  for (const at of [...moments].sort((a, b) => a - b)) {
    recorded += before === null ? 0 : Math.min(at - before, LONGEST_SILENCE_MS);
    before = at;
    dues.set(at, recorded / speed);
  }
  return (at) => {
    const due = dues.get(at);
    if (due === undefined) throw new RangeError(`${at} is none of the moments`);
    return due;
  };
}

/** A time of real life in whole seconds of the replay, as an inbox's settings take them. */
export function inReplay(seconds: number, speed: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, Math.round(seconds / speed)));
}
