/** What the API's thread and a what-if's thread tell each other. */
import type { ConversationRow } from '../domain/timeline';
import type { Change, OutlookTotals } from './outlook';
import type { PastEntry } from './past-event';
import type { Both, LeftOut, Range } from './replay';
import type { Difference, Totals } from './tally';

/** What is asked. Without a range: what changed settings would do now. */
export interface Question {
  range: Range | null;
  /** epoch milliseconds */
  now: number;
  /** the settings of each version that is known */
  settings: [version: number, both: Both][];
  current: Both;
  /** so many of each kind */
  examples: number;
}

/** A conversation: entries of its timeline, or its row, where nothing was decided since the range began. */
export type Piece = [conversation: string, past: PastEntry[] | ConversationRow];

/** A page of pieces as JSON text; the entries of a conversation may go on in the next one. null: that was all. */
export type Asked = string | null;

export interface Answered {
  /** that are done */
  conversations: number;
  decisions: number;
  lines: (Difference | Change)[];
  /** with the last one */
  summary: Summary | null;
}

export type Summary =
  | { of: 'past'; totals: Totals; changed: number; left_out: Record<LeftOut, number> }
  | { of: 'present'; totals: OutlookTotals };
