import type { Counts } from '../../../clients/typescript/src/index.ts';
import { toQuery, type Filters } from '../model/filters.ts';
import type { InboxView } from '../model/inbox.ts';
import { addressOf, go, NO_FILTERS, route, WAITING } from '../model/route.ts';
import { useReading } from '../model/reading.ts';
import { client } from '../model/session.ts';
import { assigneeOf, Waiting } from '../board/marks.tsx';
import { OpenLink } from '../board/card.tsx';
import { Trouble } from '../parts/empty.tsx';
import { Section, Tile, Tiles } from '../parts/section.tsx';
import { StatusName } from '../parts/status.tsx';
import { Table } from '../parts/table.tsx';
import { Agents } from './agents.tsx';
import { Week } from './week.tsx';

const EVERY_MS = 5_000;
const SHOWN = 10;

/** What wants somebody's eyes. Each is a filter of the list, so that no number differs from what the list shows. */
const TILES: { name: string; means: string; filters: Filters; count: (counts: Counts) => number }[] = [
  {
    name: 'Waiting',
    means: 'a customer waits for a person',
    filters: WAITING,
    count: ({ total }) => total,
  },
  {
    name: 'Unattended',
    means: 'New: nobody has answered yet',
    filters: { ...WAITING, status: ['new'] },
    count: ({ total }) => total,
  },
  {
    name: 'Unassigned',
    means: 'New or in progress, and nobody’s',
    filters: { ...NO_FILTERS, status: ['new', 'in_progress'], agent: 'none' },
    count: ({ total }) => total,
  },
  {
    name: 'Unread',
    means: 'something came that nobody has read',
    filters: { ...NO_FILTERS, unread: true },
    count: ({ total }) => total,
  },
];

/** What a team lead looks at first. */
export function Now({ view }: { view: InboxView }) {
  const { inbox } = view;
  return (
    <div class="sections scroll" tabIndex={0} role="region" aria-label="Now">
      <Attention inbox={inbox} />
      <Longest view={view} />
      <Agents inbox={inbox} />
      <Week inbox={inbox} />
    </div>
  );
}

function Attention({ inbox }: { inbox: string }) {
  const { value, error, refresh } = useReading(inbox, EVERY_MS, (signal) =>
    Promise.all(
      TILES.map(({ filters }) =>
        client.value.GET('/v1/inboxes/{inbox}/counts', {
          params: { path: { inbox }, query: toQuery(filters) },
          signal,
        }),
      ),
    ),
  );
  return (
    <>
      {error && <Trouble error={error} retry={refresh} />}
      <Tiles>
        {TILES.map(({ name, means, filters, count }, i) => {
          const counts = value?.[i];
          return (
            <Tile key={name} name={name} means={means} value={counts && count(counts).toLocaleString()}>
              <ListLink filters={filters}>Show them</ListLink>
            </Tile>
          );
        })}
      </Tiles>
    </>
  );
}

function ListLink({ filters, children }: { filters: Filters; children: string }) {
  const change = { view: 'list', filters, sort: 'waiting_since', conversation: null } as const;
  return (
    <a
      href={addressOf({ ...route.value, ...change })}
      onClick={(event) => {
        event.preventDefault();
        go(change);
      }}
    >
      {children}
    </a>
  );
}

function Longest({ view }: { view: InboxView }) {
  const [list] = view.lists;
  const items = list?.items.value ?? [];
  return (
    <Section title="Who waits longest">
      {list?.isLoaded.value && items.length === 0 && (
        <p class="quiet">Nobody waits: every customer has been answered.</p>
      )}
      {items.length > 0 && (
        <Table label="Those who wait longest" heads={['Conversation', 'Waits', 'Status', 'Assignee']}>
          {items.slice(0, SHOWN).map((c) => (
            <tr key={c.conversation}>
              <th scope="row">
                <OpenLink id={c.conversation} />
              </th>
              <td>
                <Waiting c={c} />
              </td>
              <td>
                <StatusName status={c.status} />
              </td>
              <td>{assigneeOf(c)}</td>
            </tr>
          ))}
        </Table>
      )}
      {items.length > SHOWN && <ListLink filters={WAITING}>All who wait</ListLink>}
    </Section>
  );
}
