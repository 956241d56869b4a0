import { signal } from '@preact/signals';
import { addressOf, go, route, routeIn } from './route.ts';

const KEY = 'views';
const MOST = 50;

/** What the page shows, under a name: all of it is in its address. */
export interface SavedView {
  name: string;
  /** `?view=list&…&name=…`: a link to it shows the same to somebody else, under its name */
  search: string;
}

/** In this browser. What was kept by another version of the page and is not understood is left out. */
export const saved = signal<SavedView[]>(kept());

function kept(): SavedView[] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(found) ? found.filter(isSaved) : [];
  } catch {
    return [];
  }
}

function isSaved(one: unknown): one is SavedView {
  const { name, search } = (one ?? {}) as Partial<SavedView>;
  return typeof name === 'string' && typeof search === 'string';
}

function keep(views: SavedView[]): void {
  saved.value = views;
  if (views.length === 0) localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, JSON.stringify(views));
}

/** Saves what is shown. Another one of that name is replaced. */
export function save(name: string): void {
  const address = addressOf({ ...route.value, conversation: null, name });
  const view = { name, search: new URL(address, location.href).search };
  const others = saved.value.filter((one) => one.name !== name);
  keep([...others, view].sort((a, b) => a.name.localeCompare(b.name)).slice(0, MOST));
  go({ name }, 'replace');
}

export function forget(name: string): void {
  keep(saved.value.filter((one) => one.name !== name));
  go({ name: null }, 'replace');
}

export function show({ search }: SavedView): void {
  go({ ...routeIn(search), conversation: null });
}
