import type { InboxView } from '../model/inbox.ts';
import type { Listing } from '../model/listing.ts';
import { EMPTY, STATUS, type Status } from '../model/words.ts';
import { Trouble } from '../parts/empty.tsx';
import { StatusName } from '../parts/status.tsx';
import { at, useVirtual } from '../parts/virtual.ts';
import { Card } from './card.tsx';
import { useMore } from './more.ts';

const CARD = 118;

export function Board({ view }: { view: InboxView }) {
  return (
    <div class="board">
      {view.lists.map((list) => {
        const [status] = list.filters.status ?? [];
        return status && <Column key={status} view={view} list={list} status={status} />;
      })}
    </div>
  );
}

function Column({ view, list, status }: { view: InboxView; list: Listing; status: Status }) {
  const items = list.items.value;
  const { scroller, height, rows } = useVirtual(items.length, CARD);
  useMore(list, rows.at(-1)?.index);
  const count = view.counts.value?.status[status];
  return (
    <section class={`column ${status}`} aria-label={STATUS[status]}>
      <h2>
        <StatusName status={status} /> <span class="count">{count?.toLocaleString() ?? '…'}</span>
      </h2>
      {list.error.value && <Trouble error={list.error.value} retry={() => void list.more()} />}
      <div
        class="scroll"
        ref={scroller}
        tabIndex={0}
        role="region"
        aria-label={`${STATUS[status]}: conversations`}
      >
        {list.isLoaded.value && items.length === 0 && <p class="quiet nothing">{EMPTY[status]}</p>}
        <ul style={{ height: `${height}px` }}>
          {rows.map((row) => {
            const c = items[row.index];
            return (
              c && (
                <li key={c.conversation} style={at(row)}>
                  <Card c={c} isExpected={view.store.isExpected(c.conversation)} />
                </li>
              )
            );
          })}
        </ul>
      </div>
    </section>
  );
}
