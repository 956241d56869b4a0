import { mayAct } from './account.ts';
import { ACTIONS, chosen } from './actions.ts';
import { isActingOnAll } from './bulk.ts';
import type { InboxView } from './inbox.ts';
import { go, NO_FILTERS, route, VIEWS, WAITING, type View } from './route.ts';
import { signOut } from './session.ts';
import { nextTheme } from './theme.ts';

export interface Command {
  name: string;
  key?: string;
  run: () => void;
}

const VIEW_KEYS: Record<View, string> = {
  ...{
    now: 'n',
    board: 'b',
    list: 'l',
    reports: 'p',
    timers: 'm',
    webhooks: 'd',
    health: 'h',
    settings: ',',
  },
};

/** What can be done now: with the conversation that is open, then with the page. */
export function commandsOf(view: InboxView, inboxes: string[]): Command[] {
  const id = route.value.conversation;
  const c = id === null ? undefined : view.store.get(id);
  const actions = mayAct.value && c ? ACTIONS.filter((action) => action.possible(c)) : [];
  return [
    ...actions.map((action) => ({
      name: `${action.name}: ${c?.conversation}`,
      key: action.key,
      run: () => void (chosen.value = { action, id: c?.conversation ?? '' }),
    })),
    { name: 'Open the next conversation', key: 'j', run: () => step(view, 1) },
    { name: 'Open the conversation before', key: 'k', run: () => step(view, -1) },
    { name: 'Search by id', key: '/', run: () => document.getElementById('search')?.focus() },
    ...(Object.keys(VIEWS) as View[]).map((name) => ({
      name: `Show: ${VIEWS[name]}`,
      key: VIEW_KEYS[name],
      run: () => go({ view: name }),
    })),
    ...(mayAct.value
      ? [{ name: 'Act on all that match the filters', run: () => void (isActingOnAll.value = true) }]
      : []),
    { name: 'Clear filters', run: () => go({ filters: NO_FILTERS }) },
    {
      name: 'Who waits longest',
      key: 'w',
      run: () => go({ view: 'list', sort: 'waiting_since', filters: WAITING }),
    },
    ...inboxes
      .filter((inbox) => inbox !== view.inbox)
      .map((inbox) => ({ name: `Go to inbox ${inbox}`, run: () => go({ inbox, conversation: null }) })),
    { name: 'Other colours', run: nextTheme },
    { name: 'Sign out', run: () => signOut() },
  ];
}

function step(view: InboxView, by: 1 | -1): void {
  const ids = view.lists.flatMap((list) => list.items.value.map((c) => c.conversation));
  const at = ids.indexOf(route.value.conversation ?? '');
  const next = at === -1 ? ids[0] : ids[at + by];
  if (next !== undefined) go({ conversation: next }, 'replace');
}
