import type { TimelineEntry } from '../../../clients/typescript/src/index.ts';
import { moment } from '../model/clock.ts';

type Data = Record<string, unknown>;
type Sentence = (data: Data, who: string) => string;

const text = (value: unknown, otherwise = '?') => (typeof value === 'string' ? value : otherwise);
const list = (value: unknown) =>
  Array.isArray(value) ? value.map((one) => `#${String(one)}`).join(', ') : '';
const assigned = (to: unknown) => {
  const { agent, team } = (to ?? {}) as { agent?: string | null; team?: string | null };
  const said = [agent === null ? 'nobody' : agent, team === null ? 'no team' : team && `team ${team}`];
  return said.filter(Boolean).join(', ');
};

const SOURCE: Record<string, string> = { flow: 'Flow', broadcast: 'Broadcast', inbound: 'Inbound flow' };
const SAID: Record<string, string> = {
  text: 'wrote',
  media: 'sent a file',
  interactive: 'chose an answer',
  reaction: 'reacted',
  courtesy: 'said thanks or good-bye',
};

/** Each type of event as a sentence. */
const SENTENCES: Record<string, Sentence> = {
  message: ({ kind, rating }) =>
    `The customer ${SAID[text(kind, 'text')] ?? 'wrote'}${rating === undefined ? '' : `, read as a rating of ${Number(rating)}`}`,
  agent_reply: (_, who) => `${who} answered`,
  automatic_message: ({ answers }) =>
    answers === true ? 'An automatic message answered the customer' : 'An automatic message went out',
  flow_start: ({ flow, source, has_priority }) =>
    `${SOURCE[text(source, 'flow')] ?? 'Flow'} “${text(flow)}”${has_priority === true ? ' with priority' : ''}`,
  flow_end: ({ outcome, assign, tags }) =>
    `The flow ended: ${text(outcome, 'completed')}${assign ? `, handed over to ${assigned(assign)}` : ''}${tags ? `, tagged ${list(tags)}` : ''}`,
  close: ({ reason }, who) => `${who} closed it${reason === undefined ? '' : `: “${text(reason)}”`}`,
  csat_answer: ({ score, comment }) =>
    `The customer rated it ${String(score)} of 5${comment ? `: “${text(comment)}”` : ''}`,
  csat_comment: ({ comment }) => `The customer commented on the survey: “${text(comment)}”`,
  survey_failed: ({ reason }) => `The survey could not be delivered: ${text(reason)}`,
  reopen: (_, who) => `${who} reopened it`,
  assign: (data, who) => `${who} assigned it to ${assigned(data)}`,
  mark_read: (_, who) => `${who} marked it read`,
  mark_unread: (_, who) => `${who} marked it unread`,
  tag_add: ({ tags }, who) => `${who} added ${list(tags)}`,
  tag_remove: ({ tags }, who) => `${who} removed ${list(tags)}`,
  archive: (_, who) => `${who} archived it`,
  unarchive: (_, who) => `${who} took it out of the archive`,
  snooze: ({ until }, who) => `${who} snoozed it until ${moment(text(until))}`,
  unsnooze: (_, who) => `${who} ended the snooze`,
  block: (_, who) => `${who} blocked the contact`,
  unblock: (_, who) => `${who} unblocked the contact`,
  opt_out: () => 'The contact wants no more broadcasts',
  opt_in: () => 'The contact wants broadcasts again',
  auto_close_due: () => 'Auto-close: nothing more was said',
  csat_timeout: () => 'The survey’s time ran out',
  auto_archive_due: () => 'Auto-archive',
  flow_timeout: () => 'The flow gave no more sign of life',
  snooze_over: () => 'The snooze is over',
  settings_changed: () => 'The inbox’s settings changed',
  restored: () => 'The database came back from an older backup; what lay between is lost',
};

export function sentence({ type, data, by }: TimelineEntry): string {
  return SENTENCES[type]?.(data, by ?? 'Somebody') ?? type;
}

/** What kind of hand caused it, for the mark beside it. */
export function causeOf({ type }: TimelineEntry): 'customer' | 'business' | 'flow' | 'timer' {
  if (/^(message|csat_|opt_)/.test(type) && type !== 'csat_timeout') return 'customer';
  if (/^flow_(start|end)$/.test(type)) return 'flow';
  return /_due$|timeout$|_over$|^(settings_changed|restored)$/.test(type) ? 'timer' : 'business';
}
