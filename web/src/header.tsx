import { useState } from 'preact/hooks';
import { inboxes } from './model/account.ts';
import { duration, now } from './model/clock.ts';
import type { Contact, InboxView } from './model/inbox.ts';
import { addressOf, go, NO_FILTERS, route, VIEWS, type View } from './model/route.ts';
import { signOut } from './model/session.ts';
import { isOpen } from './palette.tsx';
import { nextTheme, theme } from './model/theme.ts';

export function Header({ view }: { view: InboxView }) {
  const shown = route.value.view;
  return (
    <header class="top">
      <h1>Conversations</h1>
      <label class="inbox">
        <span class="hidden">Inbox</span>
        <select
          value={view.inbox}
          onChange={(event) =>
            go({ inbox: event.currentTarget.value, conversation: null, filters: NO_FILTERS })
          }
        >
          {[...new Set([...(inboxes.value ?? []), view.inbox])].map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      <nav aria-label="Views">
        {(Object.keys(VIEWS) as View[]).map((name) => (
          <a
            key={name}
            href={addressOf({ ...route.value, view: name })}
            aria-current={name === shown ? 'page' : undefined}
            onClick={(event) => {
              event.preventDefault();
              go({ view: name });
            }}
          >
            {VIEWS[name]}
          </a>
        ))}
      </nav>
      <Search />
      <Freshness view={view} />
      <button class="plain" onClick={() => (isOpen.value = true)}>
        Commands <kbd>Ctrl K</kbd>
      </button>
      <button class="plain" title={`Colours: ${theme.value}`} onClick={nextTheme}>
        {theme.value === 'dark' ? '☾' : theme.value === 'light' ? '☀' : '◐'}
        <span class="hidden">Colours: {theme.value}</span>
      </button>
      <button class="plain" onClick={() => signOut()}>
        Sign out
      </button>
    </header>
  );
}

function Search() {
  const [id, setId] = useState('');
  return (
    <form
      class="search"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        if (id.trim() === '') return;
        go({ conversation: id.trim() });
        setId('');
      }}
    >
      <label>
        <span class="hidden">Open a conversation by its id</span>
        <input
          id="search"
          type="search"
          placeholder="Conversation id"
          value={id}
          onInput={(event) => setId(event.currentTarget.value)}
        />
      </label>
    </form>
  );
}

const SAYS: Record<Contact, string> = {
  connecting: 'connecting',
  live: 'live',
  paused: 'paused',
  'cut off': 'cut off',
};

/** Never shows old as new. */
function Freshness({ view }: { view: InboxView }) {
  const contact = view.contact.value;
  const at = view.updatedAt.value;
  return (
    <p class={`freshness ${contact.replace(' ', '-')}`} role="status">
      <span aria-hidden="true">{contact === 'live' ? '●' : contact === 'cut off' ? '▲' : '○'}</span>{' '}
      {SAYS[contact]}
      {at !== null && (
        <span class="quiet" aria-hidden="true">
          {' '}
          · updated {duration(now.value - at)} ago
        </span>
      )}
    </p>
  );
}
