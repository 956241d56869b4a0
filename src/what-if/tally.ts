/** What the changed settings would have made different, counted. */
import { STATUSES, type Conversation, type Status } from '../domain/conversation';
import type { Judgement } from '../domain/decision';
import { iso } from '../domain/record';
import { KINDS, type Kind } from './kinds';

/** A decision of one side as an example shows it. */
export interface Shown {
  /** null: here it never came to it */
  verdict: Judgement['verdict'] | null;
  /** the rule that refused, or the reason for which nothing changed */
  why: string | null;
  status: Status;
  episode: number;
  unread: boolean;
  waiting_since: string | null;
}

/** A decision that is of a kind on one side only. */
export interface Difference {
  type: 'difference';
  kind: Kind;
  conversation: string;
  at: string;
  /** its number in the timeline; null: it would have been made, and was not */
  seq: number | null;
  event: string;
  was: Shown;
  would_be: Shown;
}

export interface Count {
  /** how many there were */
  was: number;
  would_be: number;
  /** there were, and would not have been */
  gone: number;
  /** there were not, and would have been */
  added: number;
}

export interface Totals {
  kinds: Record<Kind, Count>;
  /** callers' events with another verdict, or that would have led to another status */
  decided_otherwise: number;
  at_end: { was: Record<Status, number>; would_be: Record<Status, number> };
}

/** The decisions of both sides, where each has one. */
export interface Sides {
  was: Judgement | null;
  would: Judgement | null;
}

export class Tally {
  readonly totals = emptyTotals();
  /** as many as are wanted of each kind, and not yet sent */
  examples: Difference[] = [];
  private readonly shown = new Map<Kind, number>();

  constructor(private readonly mostExamples: number) {}

  /** What is counted of one conversation: nothing of it, if it turns out that its past cannot be decided again. */
  add(of: Totals, examples: Difference[]): void {
    for (const kind of KINDS)
      for (const field of ['was', 'would_be', 'gone', 'added'] as const)
        this.totals.kinds[kind][field] += of.kinds[kind][field];
    this.totals.decided_otherwise += of.decided_otherwise;
    for (const status of STATUSES) {
      this.totals.at_end.was[status] += of.at_end.was[status];
      this.totals.at_end.would_be[status] += of.at_end.would_be[status];
    }
    for (const example of examples) {
      const n = this.shown.get(example.kind) ?? 0;
      if (n >= this.mostExamples) continue;
      this.shown.set(example.kind, n + 1);
      this.examples.push(example);
    }
  }

  /** Those that were not taken before. */
  takeExamples(): Difference[] {
    const taken = this.examples;
    this.examples = [];
    return taken;
  }
}

export function emptyTotals(): Totals {
  const none = () => Object.fromEntries(STATUSES.map((s) => [s, 0])) as Record<Status, number>;
  const counts = KINDS.map((kind) => [kind, { was: 0, would_be: 0, gone: 0, added: 0 }]);
  return {
    kinds: Object.fromEntries(counts) as Totals['kinds'],
    decided_otherwise: 0,
    at_end: { was: none(), would_be: none() },
  };
}

export function shown(judged: Judgement | null, state: Conversation): Shown {
  const why =
    judged?.verdict === 'refused' ? judged.rule : judged?.verdict === 'ignored' ? judged.reason : null;
  const { status, episode, unread, waiting_since } = state;
  return {
    ...{ verdict: judged?.verdict ?? null, why, status, episode, unread },
    waiting_since: waiting_since === null ? null : iso(waiting_since),
  };
}
