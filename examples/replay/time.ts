/**
 * Shortens recorded time. Recorded times are epoch milliseconds, replayed ones milliseconds after the start.
 */
import type { Turn } from './chats';

const MINUTE_MS = 60_000;
/** If no chat has a turn for this long, the rest of the silence is skipped. */
const LONGEST_SILENCE_MS = 5 * MINUTE_MS;

/** Chats are recorded to the minute. The turns of one minute are spread over it, in their order. */
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

/** When each recorded moment is due, at this speed and with long silences shortened. */
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

/** A real time in whole seconds of the replay, for an inbox's settings. */
export function inReplay(seconds: number, speed: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, Math.round(seconds / speed)));
}
