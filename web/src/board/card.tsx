import type { Conversation } from '../../../clients/typescript/src/index.ts';
import { addressOf, go, route } from '../model/route.ts';
import { Since } from '../parts/time.tsx';
import { assigneeOf, Marks, Next, Waiting } from './marks.tsx';

export function OpenLink({ id }: { id: string }) {
  const target = { ...route.value, conversation: id };
  return (
    <a
      class="id"
      href={addressOf(target)}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        go({ conversation: id });
      }}
    >
      {id}
    </a>
  );
}

export function Unread() {
  return (
    <span class="unread" title="Unread">
      <span class="hidden">unread</span>
    </span>
  );
}

export function Card({ c, isExpected }: { c: Conversation; isExpected: boolean }) {
  const isOpen = route.value.conversation === c.conversation;
  return (
    <article class={`card ${c.status}${isExpected ? ' expected' : ''}${isOpen ? ' open' : ''}`}>
      <div class="line">
        <OpenLink id={c.conversation} />
        {c.unread && <Unread />}
      </div>
      <div class="line">
        <span class="assignee">{assigneeOf(c)}</span>
        {c.waiting_since === null ? (
          <span class="quiet">
            <Since at={c.last_activity_at} /> ago
          </span>
        ) : (
          <Waiting c={c} word="waits " />
        )}
      </div>
      <div class="line chip-line">
        <Marks c={c} />
      </div>
      <div class="line quiet">
        <Next c={c} />
      </div>
    </article>
  );
}
