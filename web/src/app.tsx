import { useEffect, useMemo } from 'preact/hooks';
import { inboxes, mayAct, readAccount, trouble } from './model/account.ts';
import { InboxView } from './model/inbox.ts';
import { go, NO_FILTERS, route, WAITING, type Route } from './model/route.ts';
import { key } from './model/session.ts';
import { toQuery } from './model/filters.ts';
import { Board } from './board/board.tsx';
import { ActOnAll } from './board/bulk.tsx';
import { Table } from './board/table.tsx';
import { FilterBar } from './board/filter-bar.tsx';
import { Header } from './header.tsx';
import { useKeys } from './keys.ts';
import { notice } from './model/actions.ts';
import { Palette } from './palette.tsx';
import { ActionForm } from './conversation/action-form.tsx';
import { ConversationPanel } from './conversation/panel.tsx';
import { Empty, SampleButton, Trouble } from './parts/empty.tsx';
import { SignIn } from './sign-in.tsx';
import { Now } from './now/now.tsx';
import { Reports } from './reports/reports.tsx';
import { Timers } from './timers/timers.tsx';
import { Webhooks } from './webhooks/webhooks.tsx';
import { Health } from './health/health.tsx';
import { Settings } from './settings/settings.tsx';

export function App() {
  if (key.value === '') return <SignIn />;
  return <Account key={key.value} />;
}

function Account() {
  useEffect(() => void readAccount(), []);
  const names = inboxes.value;
  const inbox = route.value.inbox ?? names?.[0] ?? null;
  if (trouble.value)
    return (
      <main class="page">
        <Trouble error={trouble.value} retry={() => void readAccount()} />
      </main>
    );
  if (names === null) return <main class="page loading">Loading …</main>;
  if (inbox === null) return <NoInbox />;
  return <Inbox key={inbox} inbox={inbox} />;
}

function NoInbox() {
  return (
    <main class="page">
      <Empty title="This account has no inbox yet">
        <p>
          Make one with <code>PUT /v1/inboxes/…</code>, or look at the page with conversations that are made
          for it.
        </p>
        <SampleButton inbox={null} />
      </Empty>
    </main>
  );
}

/** Which conversations a view shows. */
function askedBy({ view, filters, sort }: Route) {
  if (view === 'board') return { filters, sort, lists: 'by status' } as const;
  if (view === 'list') return { filters, sort, lists: 'all' } as const;
  if (view === 'now') return { filters: WAITING, sort: 'waiting_since', lists: 'all' } as const;
  return { filters: NO_FILTERS, sort: '-last_activity_at', lists: 'none' } as const;
}

function Inbox({ inbox }: { inbox: string }) {
  const { view: kind, conversation } = route.value;
  const { filters, sort, lists } = askedBy(route.value);
  const asked = JSON.stringify([lists, toQuery(filters), sort]);
  const view = useMemo(() => new InboxView(inbox, filters, sort, lists), [inbox, asked]);
  useEffect(() => view.open(), [view]);
  useKeys(view);
  return (
    <>
      <Header view={view} />
      {(kind === 'board' || kind === 'list') && <FilterBar />}
      {notice.value && (
        <div class="trouble" role="alert">
          <span>{notice.value}</span>
          <button class="small" onClick={() => (notice.value = '')}>
            Dismiss
          </button>
        </div>
      )}
      {view.trouble.value && <Trouble error={view.trouble.value} retry={() => void view.refresh()} />}
      <div class="stage">
        <main>
          <Shown view={view} />
        </main>
        {conversation !== null && (
          <ConversationPanel
            key={conversation}
            view={view}
            id={conversation}
            close={() => go({ conversation: null })}
          />
        )}
      </div>
      <ActionForm view={view} />
      <ActOnAll inbox={inbox} />
      <Palette view={view} />
    </>
  );
}

function Shown({ view }: { view: InboxView }) {
  switch (route.value.view) {
    case 'board':
    case 'list':
      return <Conversations view={view} />;
    case 'now':
      return <Now view={view} />;
    case 'reports':
      return <Reports inbox={view.inbox} />;
    case 'timers':
      return <Timers inbox={view.inbox} />;
    case 'webhooks':
      return <Webhooks />;
    case 'health':
      return <Health />;
    case 'settings':
      return <Settings inbox={view.inbox} />;
  }
}

function Conversations({ view }: { view: InboxView }) {
  const { filters, view: kind } = route.value;
  const nothing = view.counts.value?.total === 0 && view.lists.every((list) => list.items.value.length === 0);
  if (nothing && Object.keys(toQuery(filters)).length > 0)
    return (
      <Empty title="No conversation fits these filters">
        <p>Archived ones are hidden unless the filter says otherwise.</p>
        <button onClick={() => go({ filters: { archived: 'any' } })}>Show all, archived ones too</button>
      </Empty>
    );
  if (nothing)
    return (
      <Empty title={`Nothing is in ${view.inbox} yet`}>
        <p>
          A conversation is here after its first event (<code>POST …/events</code>). Archived ones are hidden.
        </p>
        {mayAct.value && <SampleButton inbox={view.inbox} />}
        <button onClick={() => go({ filters: { archived: 'any' } })}>Show archived ones</button>
      </Empty>
    );
  return kind === 'list' ? <Table view={view} /> : <Board view={view} />;
}
