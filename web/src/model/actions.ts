import { signal } from '@preact/signals';
import type { Conversation, Event } from '../../../clients/typescript/src/index.ts';
import { serverNow } from './clock.ts';
import type { InboxView } from './inbox.ts';
import { client, said } from './session.ts';
import { why } from './words.ts';

/** What a form asks for, by the event's field. */
export type Field = 'agent' | 'reason' | 'skip_survey' | 'team' | 'assignee' | 'tags' | 'until';
export type Values = Partial<Record<Field, string>>;

export interface Action {
  name: string;
  /** pressed while a conversation is open */
  key?: string;
  type: Event['type'];
  fields: Field[];
  possible: (c: Conversation) => boolean;
  event: (values: Values) => object;
  /** what will probably come of it */
  expected: (c: Conversation, values: Values) => Partial<Conversation>;
}

const isWork = (c: Conversation) => c.status === 'new' || c.status === 'in_progress';
const isOver = (c: Conversation) => c.status === 'closed' || c.status === 'not_contacted';
const namesIn = (list = '') =>
  list
    .split(',')
    .map((name) => name.trim().replace(/^#/, ''))
    .filter(Boolean);
const orNull = (name: string | undefined) => (name === undefined || name.trim() === '' ? null : name.trim());

/** An action that asks for nothing but in whose name. */
function mark(
  name: string,
  type: Event['type'],
  possible: Action['possible'],
  change: Partial<Conversation>,
  key?: string,
): Action {
  return { name, key, type, fields: [], possible, event: () => ({}), expected: () => change };
}

export const ACTIONS: Action[] = [
  {
    name: 'Mark as answered',
    key: 'r',
    type: 'agent_reply',
    fields: ['agent'],
    possible: () => true,
    event: ({ agent }) => ({ agent: orNull(agent) }),
    expected: () => ({ status: 'in_progress', unread: false, waiting_since: null, archived: false }),
  },
  {
    name: 'Close',
    key: 'e',
    type: 'close',
    fields: ['agent', 'reason', 'skip_survey'],
    possible: (c) => !isOver(c),
    event: ({ agent, reason, skip_survey }) => ({
      agent: orNull(agent),
      ...(orNull(reason) !== null && { reason: orNull(reason) }),
      ...(skip_survey === 'true' && { skip_survey: true }),
    }),
    expected: () => ({ unread: false, waiting_since: null, snoozed_until: null, next: null }),
  },
  {
    name: 'Reopen',
    key: 'o',
    type: 'reopen',
    fields: ['agent'],
    possible: (c) => c.status === 'closed' || c.status === 'resolved',
    event: ({ agent }) => ({ agent }),
    expected: () => ({ status: 'in_progress', archived: false, closed_at: null, next: null }),
  },
  {
    name: 'Assign',
    key: 'a',
    type: 'assign',
    fields: ['assignee', 'team'],
    possible: (c) => !isOver(c),
    event: ({ assignee, team }) => ({ agent: orNull(assignee), team: orNull(team) }),
    expected: (_, { assignee, team }) => ({ assignee: { agent: orNull(assignee), team: orNull(team) } }),
  },
  {
    name: 'Add tags',
    key: 't',
    type: 'tag_add',
    fields: ['tags'],
    possible: (c) => c.status !== 'not_contacted',
    event: ({ tags }) => ({ tags: namesIn(tags) }),
    expected: (c, { tags }) => ({
      tags: [...c.tags, ...namesIn(tags).map((name) => ({ name, locked: c.status === 'closed' }))],
    }),
  },
  {
    name: 'Remove tags',
    type: 'tag_remove',
    fields: ['tags'],
    possible: (c) => !isOver(c) && c.tags.some((tag) => !tag.locked),
    event: ({ tags }) => ({ tags: namesIn(tags) }),
    expected: (c, { tags }) => ({ tags: c.tags.filter(({ name }) => !namesIn(tags).includes(name)) }),
  },
  {
    name: 'Snooze',
    key: 's',
    type: 'snooze',
    fields: ['until'],
    possible: isWork,
    event: ({ until }) => ({ until: untilOf(until) }),
    expected: (_, { until }) => ({ snoozed_until: untilOf(until) }),
  },
  mark('End the snooze', 'unsnooze', (c) => c.snoozed_until !== null, { snoozed_until: null }),
  mark('Mark read', 'mark_read', (c) => c.unread && c.status !== 'not_contacted', { unread: false }, 'u'),
  mark('Mark unread', 'mark_unread', (c) => !c.unread && c.status !== 'not_contacted', { unread: true }, 'u'),
  mark('Archive', 'archive', (c) => c.status === 'closed' && !c.archived, { archived: true }, 'x'),
  mark('Take out of the archive', 'unarchive', (c) => c.archived, { archived: false }, 'x'),
  mark('Block the contact', 'block', (c) => !c.blocked, { blocked: true }),
  mark('Unblock the contact', 'unblock', (c) => c.blocked, { blocked: false }),
  mark('No more broadcasts', 'opt_out', (c) => !c.opted_out, { opted_out: true }),
  mark('Broadcasts again', 'opt_in', (c) => c.opted_out, { opted_out: false }),
];

/** Minutes from now, as the form offers them. */
const untilOf = (minutes = '60') => new Date(serverNow() + Number(minutes) * 60_000).toISOString();

/** The action that is being filled in. */
export const chosen = signal<{ action: Action; id: string } | null>(null);
/** What became of the last one, where it is worth a word. */
export const notice = signal('');

export function eventOf(action: Action, values: Values, by: string): Event {
  const fields = action.event(values);
  const named = 'agent' in fields && action.type !== 'assign';
  return { type: action.type, ...(by !== '' && !named && { by }), ...fields } as Event;
}

/** Shown at once as it will probably be; then as the service has decided. */
export async function act(
  view: InboxView,
  id: string,
  action: Action,
  values: Values,
  by: string,
): Promise<void> {
  const c = view.store.get(id);
  if (c) view.store.expect(id, action.expected(c, values));
  notice.value = '';
  try {
    const outcome = await client.value.send(view.inbox, id, eventOf(action, values, by), { wait: 10 });
    if (outcome.verdict === 'accepted') return;
    view.take(outcome.conversation);
    if (outcome.verdict === 'refused') notice.value = `${action.name} was refused: ${why(outcome)}`;
    if (outcome.verdict === 'ignored') notice.value = `${action.name} changed nothing: ${why(outcome)}`;
  } catch (error) {
    notice.value = `${action.name} was not taken: ${said(error)}`;
  } finally {
    view.store.forgetExpected(id);
  }
}
