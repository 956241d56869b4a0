/** How the tests write a row of the table in docs/statuses.md. */
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

/** One cell, or one branch of a cell: the table's words, and what they mean. */
export interface Cell {
  words: string;
  /** if the branch needs another conversation, inbox or event than the row */
  given?: Conversation;
  inbox?: Inbox;
  fields?: Record<string, unknown>;
  says?: string;
  changes?: Told['changes'];
  tells?: string[];
}

export interface Row<T extends EventType = EventType> {
  event: T;
  /** which row of the event, in the table's words */
  row?: string;
  fields?: Fields<T>;
  cells: Partial<Record<Status, Cell | Cell[]>>;
}

/** The conversation of a cell that names no other. */
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

/** The same cell in every status, except for those given. */
export function everywhere(cell: Cell, except: Row['cells'] = {}): Row['cells'] {
  const all = Object.fromEntries(STATUSES.map((status) => [status, cell]));
  return { ...all, ...except };
}
