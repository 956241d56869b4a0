import { STATUSES, type Conversation, type Deadline, type Open, type Status } from './conversation';
import { copyOf } from './copy';
import type { Settings } from './settings';

/** The moment `seconds` after `from`, in epoch milliseconds; null when the setting is off. */
export function after(from: number, seconds: number | null): number | null {
  return seconds === null ? null : from + seconds * 1000;
}

/**
 * The timer that is due next, or null if no timer runs (docs/statuses.md, "Timers"). No status runs two timers, so
 * there is never a choice.
 */
export function nextDeadline(c: Conversation, settings: Settings): Deadline | null {
  switch (c.status) {
    case 'not_contacted':
      return null;
    case 'new':
    case 'in_progress':
      return c.snoozed_until === null
        ? deadline('auto_close', autoCloseAt(c, settings))
        : { timer: 'snooze', due_at: c.snoozed_until };
    case 'in_flow':
      return deadline('flow_timeout', after(c.flow.last_activity_at, settings.flows.timeout_seconds));
    case 'resolved':
      return deadline('csat_timeout', after(c.survey.asked_at, settings.csat.timeout_seconds));
    case 'closed':
      return c.archived || c.kept_unarchived
        ? null
        : deadline('auto_archive', after(c.closed_at, settings.auto_archive.after_seconds));
  }
}

/** The statuses in which a deadline may move where these settings take the place of those. */
export function statusesThatMove(those: Settings, these: Settings): Status[] {
  const differ = (of: (s: Settings) => unknown) => JSON.stringify(of(those)) !== JSON.stringify(of(these));
  const closes = differ((s) => s.auto_close);
  const moves: Record<Status, boolean> = {
    not_contacted: false,
    new: closes,
    in_progress: closes,
    in_flow: differ((s) => s.flows.timeout_seconds),
    resolved: differ((s) => s.csat.timeout_seconds),
    closed: differ((s) => s.auto_archive),
  };
  return STATUSES.filter((status) => moves[status]);
}

function autoCloseAt(c: Open, { auto_close }: Settings): number | null {
  if (auto_close.basis === 'customer_silence' && c.last_word !== 'business') return null;
  return after(c.last_activity_at, auto_close.after_seconds);
}

function deadline(timer: Deadline['timer'], due_at: number | null): Deadline | null {
  return due_at === null ? null : { timer, due_at };
}

/**
 * The conversation under these settings: all its deadlines are computed again from the times that they count
 * from. It is always another object.
 */
export function withDeadlines(c: Conversation, settings: Settings): Conversation {
  const timed = copyOf(c);
  timed.next = nextDeadline(c, settings);
  timed.window_closes_at =
    c.window_opened_at === null ? null : after(c.window_opened_at, settings.customer_window_seconds);
  if (timed.status === 'in_flow') {
    const expires_at = after(timed.flow.last_activity_at, settings.flows.timeout_seconds);
    timed.flow = { ...timed.flow, expires_at };
  }
  if (timed.status === 'resolved') {
    const expires_at = after(timed.survey.asked_at, settings.csat.timeout_seconds);
    timed.survey = { ...timed.survey, expires_at };
  }
  return timed;
}
