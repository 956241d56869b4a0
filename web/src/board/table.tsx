import type { Conversation } from '../../../clients/typescript/src/index.ts';
import { mayAct } from '../model/account.ts';
import { tick, ticked } from '../model/bulk.ts';
import type { InboxView } from '../model/inbox.ts';
import { go, route } from '../model/route.ts';
import { Trouble } from '../parts/empty.tsx';
import { StatusName } from '../parts/status.tsx';
import { Since } from '../parts/time.tsx';
import { at, useVirtual } from '../parts/virtual.ts';
import { OpenLink, Unread } from './card.tsx';
import { assigneeOf, Marks, Next, Waiting } from './marks.tsx';
import { useMore } from './more.ts';

const ROW = 34;
const COLUMNS = ['Conversation', 'Status', 'Assignee', 'Waits', 'Marks', 'Next', 'Active'];

/** The dense view: a row a conversation. */
export function Table({ view }: { view: InboxView }) {
  const [list] = view.lists;
  const items = list?.items.value ?? [];
  const { scroller, height, rows } = useVirtual(items.length, ROW);
  if (list) useMore(list, rows.at(-1)?.index);
  return (
    <div class="table" role="table" aria-label="Conversations" aria-rowcount={view.counts.value?.total ?? -1}>
      <div class="row head" role="row">
        {COLUMNS.map((name) => (
          <span key={name} role="columnheader">
            {name}
          </span>
        ))}
      </div>
      {list?.error.value && <Trouble error={list.error.value} retry={() => void list.more()} />}
      <div class="scroll" ref={scroller} tabIndex={0} role="rowgroup" aria-label="Conversations">
        <div style={{ height: `${height}px` }} role="presentation">
          {rows.map((row) => {
            const c = items[row.index];
            return c && <Row key={c.conversation} c={c} style={at(row)} index={row.index} />;
          })}
        </div>
      </div>
    </div>
  );
}

function Row({ c, style, index }: { c: Conversation; style: Record<string, string>; index: number }) {
  const isOpen = route.value.conversation === c.conversation;
  return (
    <div
      class={isOpen ? 'row open' : 'row'}
      role="row"
      aria-rowindex={index + 2}
      style={style}
      onDblClick={() => go({ conversation: c.conversation })}
    >
      <span role="cell">
        {mayAct.value && (
          <input
            type="checkbox"
            aria-label={`Select ${c.conversation}`}
            checked={ticked.value.has(c.conversation)}
            onChange={(event) => tick(c.conversation, event.currentTarget.checked)}
          />
        )}{' '}
        <OpenLink id={c.conversation} /> {c.unread && <Unread />}
      </span>
      <span role="cell">
        <StatusName status={c.status} />
      </span>
      <span role="cell">{assigneeOf(c)}</span>
      <span role="cell">{c.waiting_since === null ? '–' : <Waiting c={c} />}</span>
      <span role="cell">
        <Marks c={c} />
      </span>
      <span role="cell">{c.next === null ? '–' : <Next c={c} />}</span>
      <span role="cell" class="quiet">
        <Since at={c.last_activity_at} /> ago
      </span>
    </div>
  );
}
