import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { Conversation } from '../../../clients/typescript/src/index.ts';
import { mayAct } from '../model/account.ts';
import { ACTIONS, chosen } from '../model/actions.ts';
import { temporalPage, workflowId } from '../model/lines.ts';
import type { InboxView } from '../model/inbox.ts';
import { Marks } from '../board/marks.tsx';
import { Trouble } from '../parts/empty.tsx';
import { StatusName } from '../parts/status.tsx';
import { Episodes, Facts, Next } from './facts.tsx';
import { Life } from './life.ts';
import { Timeline } from './timeline.tsx';
import { Waterfall } from './waterfall.tsx';

export function ConversationPanel({ view, id, close }: { view: InboxView; id: string; close: () => void }) {
  const life = useMemo(() => new Life(view.inbox, id), [view.inbox, id]);
  const heading = useRef<HTMLHeadingElement>(null);
  const seen = view.store.shown.value >= 0 ? view.store.get(id)?.version : undefined;
  const updated = view.updatedAt.value;
  useEffect(() => void life.refresh(), [life, seen, updated === null ? 0 : Math.floor(updated / 5_000)]);
  useEffect(() => heading.current?.focus(), []);
  const stored = view.store.get(id);
  const read = life.conversation.value;
  // so that commands know it too, where no list has it
  useEffect(() => void (read && view.store.take([read])), [view, read]);
  const c = stored && (!read || stored.version >= read.version) ? stored : read;
  const timeline = life.timeline.value;
  return (
    <aside class="panel" aria-label={`Conversation ${id}`}>
      <header>
        <h2 tabIndex={-1} ref={heading}>
          {id}
        </h2>
        {c && <StatusName status={c.status} />}
        <button class="plain close" onClick={close}>
          ✕<span class="hidden">Close the conversation’s panel</span>
        </button>
      </header>
      {life.error.value && <Trouble error={life.error.value} retry={() => void life.refresh()} />}
      {!c && !life.error.value && <p class="loading">Loading …</p>}
      {c && (
        <div class="scroll" tabIndex={0} role="region" aria-label={`All about ${id}`}>
          <Marks c={c} />
          <Actions c={c} />
          <Next c={c} />
          <Waterfall timeline={timeline} isWhole={!life.hasOlder.value} />
          <Facts c={c} />
          <h3>What happened</h3>
          <Timeline entries={timeline} />
          {life.hasOlder.value && <button onClick={() => void life.older()}>Older</button>}
          <Elsewhere inbox={view.inbox} id={id} />
          <Episodes episodes={life.episodes.value} />
          <details>
            <summary>As JSON</summary>
            <pre tabIndex={0}>{JSON.stringify(c, null, 2)}</pre>
          </details>
        </div>
      )}
    </aside>
  );
}

/** Nothing that the key may not do, nothing that the rules would refuse anyway. */
function Actions({ c }: { c: Conversation }) {
  if (!mayAct.value) return <p class="quiet">This key may look, not act: it lacks events:write.</p>;
  return (
    <div class="actions" role="group" aria-label="Actions">
      {ACTIONS.filter((action) => action.possible(c)).map((action) => (
        <button
          key={action.name}
          class="small"
          title={action.key && `Key: ${action.key}`}
          onClick={() => (chosen.value = { action, id: c.conversation })}
        >
          {action.name}
        </button>
      ))}
    </div>
  );
}

function Elsewhere({ inbox, id }: { inbox: string; id: string }) {
  const page = temporalPage(inbox, id);
  return (
    <section>
      <h3>Its workflow</h3>
      {page && (
        <p>
          <a href={page} target="_blank" rel="noopener noreferrer">
            Open it in Temporal’s UI
          </a>
        </p>
      )}
      <code>{workflowId(inbox, id)}</code>
    </section>
  );
}
