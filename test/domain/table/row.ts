/** How a row of the table in statuses.md is written down here. */
import { STATUSES, type Conversation, type Status } from '../../../src/domain/conversation';
import type { Reason, Rule } from '../../../src/domain/decision';
import type { EventType } from '../../../src/domain/events';
import {
  closed,
  inFlow,
  inProgress,
  newOne,
  resolved,
  stranger,
  type Fields,
  type Inbox,
  type Told,
} from '../given';

/** One cell, or one branch of a cell: in the table's words, and what they mean. */
export interface Cell {
  words: string;
  /** where the branch needs another conversation, inbox or event than the row's */
  given?: Conversation;
  inbox?: Inbox;
  fields?: Record<string, unknown>;
  says?: string;
  changes?: Told['changes'];
  tells?: string[];
}

export interface Row<T extends EventType = EventType> {
  event: T;
  /** which of the event's rows, in the table's words */
  row?: string;
  fields?: Fields<T>;
  cells: Partial<Record<Status, Cell | Cell[]>>;
}

/** The conversation a cell is about, where it names no other. */
export const IN: Record<Status, Conversation> = {
  not_contacted: stranger(),
  new: newOne(),
  in_progress: inProgress(),
  in_flow: inFlow(),
  resolved: resolved(),
  closed: closed(),
};

export const row = <T extends EventType>(r: Row<T>): Row => r;

export const refused = (rule: Rule): Cell => ({ words: `refused ${rule}`, says: `refused ${rule}` });
export const ignored = (reason: Reason): Cell => ({ words: `ignored ${reason}`, says: `ignored ${reason}` });

/** The same in every status, except where said. */
export function everywhere(cell: Cell, except: Row['cells'] = {}): Row['cells'] {
  const all = Object.fromEntries(STATUSES.map((status) => [status, cell]));
  return { ...all, ...except };
}
