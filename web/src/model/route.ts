import { signal } from '@preact/signals';
import { filtersIn, SORTS, toQuery, type Filters, type Sort } from './filters.ts';

export const VIEWS = { board: 'Board', list: 'List' } as const;
export type View = keyof typeof VIEWS;

/** What the page shows. All of it is in the address, so that a link shows the same. */
export interface Route {
  view: View;
  inbox: string | null;
  conversation: string | null;
  filters: Filters;
  sort: Sort;
}

export const route = signal(read());

function read(): Route {
  const query = new URLSearchParams(location.search);
  return {
    view: (Object.keys(VIEWS) as View[]).find((view) => view === query.get('view')) ?? 'board',
    inbox: query.get('inbox'),
    conversation: query.get('conversation'),
    filters: filtersIn(query),
    sort: SORTS.find((sort) => sort === query.get('sort')) ?? '-last_activity_at',
  };
}

export function addressOf({ view, inbox, conversation, filters, sort }: Route): string {
  const query = new URLSearchParams({
    ...(view !== 'board' && { view }),
    ...(inbox !== null && { inbox }),
    ...toQuery(filters),
    ...(sort !== '-last_activity_at' && { sort }),
    ...(conversation !== null && { conversation }),
  });
  return query.size === 0 ? location.pathname : `${location.pathname}?${query.toString()}`;
}

/** @param how `replace`: going back shall not lead here */
export function go(change: Partial<Route>, how: 'push' | 'replace' = 'push'): void {
  const next = { ...route.value, ...change };
  const address = addressOf(next);
  if (address === location.pathname + location.search) return;
  if (how === 'push') history.pushState(null, '', address);
  else history.replaceState(null, '', address);
  route.value = next;
}

export const NO_FILTERS: Filters = { archived: 'false' };

addEventListener('popstate', () => (route.value = read()));
