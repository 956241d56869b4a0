import type { Due } from '../db/delivering';

interface Lane {
  key: string;
  /** in order */
  waiting: { due: Due; readAt: number }[];
  isTried: boolean;
}

/** What was read longer ago may have been erased or put in another order since: it is read again. */
const FRESH_MS = 5_000;

/** Deliveries of an endpoint that were read ahead. Of a conversation one is tried at a time, in order. */
export class Lanes {
  private readonly lanes = new Map<string, Lane>();
  /** whose first may be tried; the one that waits longest first */
  private readonly ready = new Set<Lane>();
  private readonly held = new Set<number>();
  private tried = 0;

  /** Those that wait here and those that are tried. */
  get nths(): number[] {
    return [...this.held];
  }

  get waiting(): number {
    return this.held.size - this.tried;
  }

  get hasReady(): boolean {
    return this.ready.size > 0;
  }

  /** @param readAt milliseconds of a clock that never jumps */
  add(all: readonly Due[], readAt: number): void {
    for (const due of all) {
      if (this.held.has(due.nth)) continue;
      const lane = this.laneOf(due);
      const after = lane.waiting.findLastIndex((w) => w.due.nth < due.nth) + 1;
      lane.waiting.splice(after, 0, { due, readAt });
      this.held.add(due.nth);
      if (!lane.isTried) this.ready.add(lane);
    }
  }

  /** The next to be tried; null if there is none whose conversation is free. */
  next(now: number): Due | null {
    for (const lane of this.ready) {
      this.ready.delete(lane);
      const first = lane.waiting[0];
      if (first && now - first.readAt <= FRESH_MS) {
        lane.waiting.shift();
        lane.isTried = true;
        this.tried += 1;
        return first.due;
      }
      this.forgetLane(lane);
    }
    return null;
  }

  /** @param goesOn whether those behind it may be tried now */
  ended(due: Due, goesOn: boolean): void {
    const lane = this.laneOf(due);
    this.held.delete(due.nth);
    this.tried -= 1;
    lane.isTried = false;
    if (goesOn && lane.waiting.length > 0) this.ready.add(lane);
    else this.forgetLane(lane);
  }

  /** Those that wait here are left to a later reading. */
  forget(): void {
    for (const lane of this.lanes.values()) this.forgetLane(lane);
  }

  private laneOf({ inbox, conversation, nth }: Due): Lane {
    const key = inbox === null ? `${nth}` : `${inbox}/${conversation}`;
    const lane = this.lanes.get(key) ?? { key, waiting: [], isTried: false };
    this.lanes.set(key, lane);
    return lane;
  }

  private forgetLane(lane: Lane): void {
    for (const { due } of lane.waiting.splice(0)) this.held.delete(due.nth);
    this.ready.delete(lane);
    if (!lane.isTried) this.lanes.delete(lane.key);
  }
}
