import { signal } from '@preact/signals';
import { filtersIn, SORTS, toQuery, type Filters, type Sort } from './filters.ts';

export const VIEWS = {
  now: 'Now',
  board: 'Board',
  list: 'List',
  reports: 'Reports',
  timers: 'Timers',
  webhooks: 'Webhooks',
  health: 'Health',
  settings: 'Settings',
} as const;
export type View = keyof typeof VIEWS;

/** What the page shows. All of it is in the address, so that a link shows the same. */
export interface Route {
  view: View;
  inbox: string | null;
  conversation: string | null;
  filters: Filters;
  sort: Sort;
  /** under which it was saved */
  name: string | null;
}

export const route = signal(routeIn(location.search));

export function routeIn(search: string): Route {
  const query = new URLSearchParams(search);
  return {
    view: (Object.keys(VIEWS) as View[]).find((view) => view === query.get('view')) ?? 'board',
    inbox: query.get('inbox'),
    conversation: query.get('conversation'),
    filters: filtersIn(query),
    sort: SORTS.find((sort) => sort === query.get('sort')) ?? '-last_activity_at',
    name: query.get('name'),
  };
}

export function addressOf({ view, inbox, conversation, filters, sort, name }: Route): string {
  const query = new URLSearchParams({
    ...(view !== 'board' && { view }),
    ...(inbox !== null && { inbox }),
    ...toQuery(filters),
    ...(sort !== '-last_activity_at' && { sort }),
    ...(name !== null && { name }),
    ...(conversation !== null && { conversation }),
  });
  return query.size === 0 ? location.pathname : `${location.pathname}?${query.toString()}`;
}

/** Where a name is no longer that of what is shown. */
const UNNAMES = ['view', 'inbox', 'filters', 'sort'] as const;

/** @param how `replace`: going back shall not lead here */
export function go(change: Partial<Route>, how: 'push' | 'replace' = 'push'): void {
  const isOther = UNNAMES.some((part) => part in change);
  const next = { ...route.value, ...(isOther && { name: null }), ...change };
  const address = addressOf(next);
  if (address === location.pathname + location.search) return;
  if (how === 'push') history.pushState(null, '', address);
  else history.replaceState(null, '', address);
  route.value = next;
}

export const NO_FILTERS: Filters = { archived: 'false' };
/** Those in which a person has the next word. */
export const WAITING: Filters = { archived: 'false', waiting_on: 'agent' };

addEventListener('popstate', () => (route.value = routeIn(location.search)));
