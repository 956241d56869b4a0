import type { Conversation } from '../../../clients/typescript/src/index.ts';
import { serverNow } from './clock.ts';
import { STATUSES, type Status } from './words.ts';

/** The list's filters, as in the API and in the page's address. */
export interface Filters {
  status?: Status[];
  archived: 'false' | 'true' | 'any';
  unread?: boolean;
  snoozed?: boolean;
  blocked?: boolean;
  waiting_on?: Conversation['waiting_on'];
  window?: 'open' | 'closed';
  agent?: string;
  team?: string;
  tag?: string;
}

export const SORTS = ['-last_activity_at', 'waiting_since', 'window_closes_at'] as const;
export type Sort = (typeof SORTS)[number];

const FLAGS = ['unread', 'snoozed', 'blocked'] as const;
const NAMES = ['agent', 'team', 'tag'] as const;
const WAITED_ON = ['agent', 'customer', 'bot', 'survey', 'nobody'] as const;

const oneOf = <T extends string>(all: readonly T[], value: string | null): T | undefined =>
  all.find((one) => one === value);

/** What is not understood is left out. */
export function filtersIn(query: URLSearchParams): Filters {
  const statuses = STATUSES.filter((status) => query.get('status')?.split(',').includes(status));
  const filters: Filters = {
    status: statuses.length > 0 ? statuses : undefined,
    archived: oneOf(['true', 'any'] as const, query.get('archived')) ?? 'false',
    waiting_on: oneOf(WAITED_ON, query.get('waiting_on')),
    window: oneOf(['open', 'closed'] as const, query.get('window')),
  };
  for (const flag of FLAGS) {
    const value = oneOf(['true', 'false'] as const, query.get(flag));
    if (value !== undefined) filters[flag] = value === 'true';
  }
  for (const name of NAMES) filters[name] = query.get(name) || undefined;
  return filters;
}

/** Both for the API and for the address. */
export function toQuery({ status, ...others }: Filters): Record<string, string> {
  const set = Object.entries({ status: status?.join(','), ...others }).filter(
    ([name, value]) => value !== undefined && !(name === 'archived' && value === 'false'),
  );
  return Object.fromEntries(set.map(([name, value]) => [name, String(value)]));
}

const isOpen = ({ window_closes_at: at }: Conversation) => at !== null && Date.parse(at) > serverNow();

/** Whether the list has it, so that what the stream tells goes where the list would show it. */
export function matches(c: Conversation, f: Filters): boolean {
  return (
    (!f.status || f.status.includes(c.status)) &&
    (f.archived === 'any' || c.archived === (f.archived === 'true')) &&
    (f.unread === undefined || c.unread === f.unread) &&
    (f.snoozed === undefined || (c.snoozed_until !== null) === f.snoozed) &&
    (f.blocked === undefined || c.blocked === f.blocked) &&
    (f.waiting_on === undefined || c.waiting_on === f.waiting_on) &&
    (f.window === undefined || isOpen(c) === (f.window === 'open')) &&
    (f.agent === undefined || c.assignee.agent === (f.agent === 'none' ? null : f.agent)) &&
    (f.team === undefined || c.assignee.team === f.team) &&
    (f.tag === undefined || c.tags.some((tag) => tag.name === f.tag))
  );
}

export type Place = Pick<
  Conversation,
  'conversation' | 'last_activity_at' | 'waiting_since' | 'window_closes_at'
>;

const byText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** As the API sorts: those that have the time come first, the others follow by last activity. */
export function inOrder(sort: Sort): (a: Place, b: Place) => number {
  const byActivity = (a: Place, b: Place) =>
    byText(b.last_activity_at, a.last_activity_at) || byText(b.conversation, a.conversation);
  if (sort === '-last_activity_at') return byActivity;
  return (a, b) => {
    const [mine, other] = [a[sort], b[sort]];
    if (mine === null && other === null) return byActivity(a, b);
    if (mine === null || other === null) return mine === null ? 1 : -1;
    return byText(mine, other) || byText(a.conversation, b.conversation);
  };
}
