/** What changed settings would do to a conversation as it is now: whether its timer moves, and when it acts then. */
import { TIMERS, type Deadline, type Timer } from '../domain/conversation';
import { withDeadlines } from '../domain/deadlines';
import { fromRecord, iso } from '../domain/record';
import type { Settings } from '../domain/settings';
import type { ConversationRow } from '../domain/timeline';

export const MOVES = ['begins', 'ends', 'sooner', 'later'] as const;
export type Move = (typeof MOVES)[number];

export interface ShownTimer {
  timer: Timer;
  due_at: string;
}

/** A conversation whose timer moves. */
export interface Change {
  type: 'change';
  conversation: string;
  status: ConversationRow['status'];
  move: Move;
  was: ShownTimer | null;
  would_be: ShownTimer | null;
  /** its timer acts as soon as the settings are saved */
  at_once: boolean;
}

/** Until when the timers that move would act: within so many seconds, and not within the bound before. The last has no bound. */
const WITHIN_SECONDS = [0, 3_600, 86_400, 604_800, 2_592_000, null] as const;

export interface OutlookTotals {
  /** whose timer moves */
  changed: number;
  timers: Record<Timer, Record<Move, number>>;
  /** by when they would act then */
  acts: { within_seconds: number | null; n: number }[];
  /** whose time to write freely ends at another moment */
  windows: number;
}

export class Outlook {
  readonly totals: OutlookTotals = {
    changed: 0,
    timers: Object.fromEntries(
      TIMERS.map((timer) => [timer, Object.fromEntries(MOVES.map((move) => [move, 0]))]),
    ) as OutlookTotals['timers'],
    acts: WITHIN_SECONDS.map((within_seconds) => ({ within_seconds, n: 0 })),
    windows: 0,
  };

  constructor(
    private readonly settings: Settings,
    private readonly now: number,
  ) {}

  /** @returns the change, if it is one */
  take(row: ConversationRow): Change | null {
    const c = fromRecord(row);
    const moved = withDeadlines(c, this.settings);
    if (moved.window_closes_at !== c.window_closes_at) this.totals.windows += 1;
    const move = moveOf(c.next, moved.next);
    if (move === null) return null;
    const timer = (moved.next ?? c.next)?.timer as Timer;
    this.totals.changed += 1;
    this.totals.timers[timer][move] += 1;
    if (moved.next) this.within(moved.next.due_at);
    return {
      ...{ type: 'change' as const, conversation: row.conversation, status: row.status, move },
      ...{ was: shown(c.next), would_be: shown(moved.next) },
      at_once: moved.next !== null && moved.next.due_at <= this.now,
    };
  }

  private within(due_at: number): void {
    const seconds = (due_at - this.now) / 1000;
    const bound = this.totals.acts.find(({ within_seconds: s }) => s === null || seconds <= s);
    if (bound) bound.n += 1;
  }
}

function moveOf(was: Deadline | null, is: Deadline | null): Move | null {
  if (was === null) return is === null ? null : 'begins';
  if (is === null) return 'ends';
  if (is.due_at === was.due_at) return null;
  return is.due_at < was.due_at ? 'sooner' : 'later';
}

function shown(next: Deadline | null): ShownTimer | null {
  return next && { timer: next.timer, due_at: iso(next.due_at) };
}
