/** What agents do in the inbox. */
import { DAY, FLOW, LOCKED_VIP, NOW, VIP, closed, inFlow, inProgress, newOne, resolved } from '../given';
import { STATUSES, type Common } from '../../../src/domain/conversation';
import { IN, everywhere, ignored, refused, row, type Cell, type Row } from './row';

const REFUND = { name: 'refund', locked: false };

export const assign = row({
  event: 'assign',
  fields: { team: 'support', agent: 'dan' },
  cells: everywhere(
    { words: 'assignee set', changes: { assignee: { team: 'support', agent: 'dan' } } },
    {
      not_contacted: refused('not_open'),
      in_flow: {
        words: 'assignee set',
        changes: { assignee: { team: 'support', agent: 'dan' }, flow: { ...FLOW, assigned: true } },
      },
      closed: refused('not_open'),
    },
  ),
});

export const markUnread = row({
  event: 'mark_unread',
  cells: everywhere(
    { words: 'works', changes: { unread: true } },
    {
      not_contacted: refused('not_open'),
      new: { ...ignored('no_change'), words: 'already unread: ignored no_change' },
    },
  ),
});

const unread = { unread: true };
const read = (given: Cell['given']): Cell => ({ words: 'works', given, changes: { unread: false } });

export const markRead = row({
  event: 'mark_read',
  cells: {
    not_contacted: refused('not_open'),
    new: read(newOne()),
    in_progress: read(inProgress(unread)),
    in_flow: read(inFlow({}, unread)),
    resolved: read(resolved(unread)),
    closed: read(closed(unread)),
  },
});

export const tagAdd = row({
  event: 'tag_add',
  cells: everywhere(
    { words: 'added', changes: { tags: [VIP, REFUND] } },
    {
      not_contacted: refused('not_open'),
      closed: {
        words: 'added, locked at once',
        changes: { tags: [LOCKED_VIP, { ...REFUND, locked: true }] },
      },
    },
  ),
});

export const tagRemove = row({
  event: 'tag_remove',
  cells: everywhere(
    { words: 'removed', changes: { tags: [] } },
    { not_contacted: refused('not_open'), closed: refused('tags_locked') },
  ),
});

export const archive = row({
  event: 'archive',
  cells: everywhere(refused('not_closed'), {
    closed: { words: 'archived', changes: { archived: true }, tells: ['conversation.archived'] },
  }),
});

const archived = { archived: true, archived_at: NOW - DAY };
const taken = (given: Cell['given']): Cell => ({
  words: 'works wherever it is archived',
  given,
  changes: { archived: false },
});
const nothing = ignored('no_change');

export const unarchive = row({
  event: 'unarchive',
  cells: everywhere(nothing, {
    in_flow: [nothing, taken(inFlow({}, archived))],
    resolved: [nothing, taken(resolved(archived))],
    closed: [nothing, taken(closed(archived))],
  }),
});

const snoozed = { words: 'snoozed', changes: { snoozed_until: NOW + DAY } };

export const snooze = row({
  event: 'snooze',
  cells: everywhere(refused('not_open'), { new: snoozed, in_progress: snoozed }),
});

const asleep = { snoozed_until: NOW + DAY };
const woken = (given: Cell['given']): Cell => ({
  words: 'unsnoozed',
  given,
  changes: { snoozed_until: null },
});

export const unsnooze = row({
  event: 'unsnooze',
  cells: everywhere(nothing, {
    new: [nothing, woken(newOne(asleep))],
    in_progress: [nothing, woken(inProgress(asleep))],
  }),
});

/** In every status. If it is so already, nothing changes. */
function everyStatus(words: string, from: Partial<Common>, to: Partial<Common>): Row['cells'] {
  return Object.fromEntries(
    STATUSES.map((status) => [
      status,
      [
        { words, given: { ...IN[status], ...from }, changes: to },
        { ...nothing, given: { ...IN[status], ...to } },
      ],
    ]),
  );
}

const [blocked, free] = [{ blocked: true }, { blocked: false }];
const [out, in_] = [{ opted_out: true }, { opted_out: false }];

export const block = row({ event: 'block', cells: everyStatus('blocked', free, blocked) });
export const unblock = row({ event: 'unblock', cells: everyStatus('free', blocked, free) });
export const optOut = row({ event: 'opt_out', cells: everyStatus('opted out', in_, out) });
export const optIn = row({ event: 'opt_in', cells: everyStatus('in again', out, in_) });
