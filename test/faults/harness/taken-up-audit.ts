/** Compares what an older release had written with what is there after it was taken up. */
import { isDeepStrictEqual } from 'node:util';
import { TIMER_EVENTS } from '../../../src/domain/events';
import type { Audit } from './audit';
import type { Entry, States, Up } from './taken-up';

/** Ids of events that are to be decided, in their order, by `inbox/conversation`. */
type Ids = Record<string, string[]>;

/** @returns also how many timers have acted */
export function audited(
  before: States,
  after: States,
  { waiting, sent }: { waiting: Ids; sent: Ids },
): Audit & { acted: number } {
  const counts = { lost: 0, duplicated: 0, out_of_order: 0, differing: 0, acted: 0 };
  const problems: string[] = [];
  const note = (kind: keyof typeof counts, name: string, what: unknown) => {
    counts[kind] += 1;
    problems.push(`${kind}: ${name}: ${JSON.stringify(what)}`);
  };
  for (const name of new Set([
    ...before.keys(),
    ...after.keys(),
    ...Object.keys(waiting),
    ...Object.keys(sent),
  ])) {
    const [old, now] = [before.get(name), after.get(name)];
    const entries = now?.timeline ?? [];
    const kept = old?.timeline ?? [];
    if (!isDeepStrictEqual(entries.slice(0, kept.length), kept)) note('differing', name, 'its timeline');
    const added = entries.slice(kept.length);
    const own = added.filter(({ event }) => event.startsWith('@'));
    const told = added.filter(({ event }) => !event.startsWith('@')).map(({ event }) => event);
    const expected = [...(waiting[name] ?? []), ...(sent[name] ?? [])];
    for (const id of expected) if (!told.includes(id)) note('lost', name, id);
    for (const id of told) if (!expected.includes(id)) note('differing', name, id);
    for (const id of new Set(told))
      if (told.filter((other) => other === id).length > 1) note('duplicated', name, id);
    const inOrder = expected.filter((id) => told.includes(id));
    if (!isDeepStrictEqual([...new Set(told)], inOrder)) note('out_of_order', name, told);
    const types = new Set<string>(Object.values(TIMER_EVENTS));
    for (const entry of own) {
      if (types.has(entry.type) && wasDue(entry, entries)) counts.acted += 1;
      else note('differing', name, entry);
    }
    if (added.length === 0 && !isDeepStrictEqual(now?.row, old?.row))
      note('differing', name, [old?.row, now?.row]);
  }
  const accepted = [waiting, sent].flatMap((ids) => Object.values(ids)).flat().length;
  return { sent: accepted, accepted, ...counts, catch_up: null, problems: problems.slice(0, 20) };
}

function wasDue(entry: Entry, timeline: Entry[]): boolean {
  const due = dueBefore(entry, timeline);
  return due !== null && due <= Date.parse(entry.at);
}

/** What the timer of this decision was set to, in epoch milliseconds. */
function dueBefore(entry: Entry, timeline: Entry[]): number | null {
  let due: number | null = null;
  for (const other of timeline) {
    if (other === entry) break;
    if (other.changes && 'next' in other.changes)
      due = other.changes.next ? Date.parse(other.changes.next.due_at) : null;
  }
  return due;
}

/**
 * By how many milliseconds timers acted too late at most, without the time in which the service was down.
 * `due`: timers that came due and acted in the same run of the service; `overdue`: all others.
 */
export function lateness(after: States, ups: readonly Up[], since: Date): { due: number; overdue: number } {
  const latest = { due: 0, overdue: 0 };
  for (const { timeline } of after.values())
    for (const entry of timeline) {
      const due = entry.event.startsWith('@') ? dueBefore(entry, timeline) : null;
      const at = Date.parse(entry.at);
      if (due === null || at < since.getTime()) continue;
      const upMeanwhile = ups.map(({ from, to }) => Math.max(0, Math.min(at, to) - Math.max(due, from)));
      const late = upMeanwhile.reduce((sum, ms) => sum + ms, 0);
      const kind = ups.some(({ from, to }) => from <= due && at <= to) ? 'due' : 'overdue';
      latest[kind] = Math.max(latest[kind], late);
    }
  return latest;
}
