import type { Conversation } from '../../../clients/typescript/src/index.ts';
import { now } from '../model/clock.ts';
import { TIMER } from '../model/words.ts';
import { Since, Until } from '../parts/time.tsx';

const SOON_MS = 2 * 3_600_000;
const LONG_MS = 3_600_000;

/** How long the customer has waited for a person. */
export function Waiting({ c, word = '' }: { c: Conversation; word?: string }) {
  if (c.waiting_since === null) return null;
  const isLong = now.value - Date.parse(c.waiting_since) > LONG_MS;
  return (
    <span class={isLong ? 'waiting long' : 'waiting'}>
      {word}
      <Since at={c.waiting_since} />
    </span>
  );
}

export function Next({ c }: { c: Conversation }) {
  if (c.next === null) return null;
  return (
    <span class="next">
      {TIMER[c.next.timer]} <Until at={c.next.due_at} />
    </span>
  );
}

export const assigneeOf = ({ assignee: { agent, team } }: Conversation) =>
  [agent, team && `(${team})`].filter(Boolean).join(' ') || 'unassigned';

/** All that is unusual about it. */
export function Marks({ c }: { c: Conversation }) {
  return (
    <span class="chips">
      {c.flow && <span class="chip">flow {c.flow.flow}</span>}
      {c.survey?.state === 'pending' && <span class="chip">survey sent</span>}
      {c.survey?.state === 'answered' && c.survey.score !== null && (
        <span class="chip">rated {c.survey.score}/5</span>
      )}
      {c.survey?.state === 'failed' && <span class="chip warn">survey failed</span>}
      {c.snoozed_until !== null && <span class="chip">snoozed</span>}
      <WindowMark c={c} />
      {c.blocked && <span class="chip warn">blocked</span>}
      {c.opted_out && <span class="chip">no broadcasts</span>}
      {c.archived && <span class="chip">archived</span>}
      {c.tags.map((tag) => (
        <span key={tag.name} class="chip tag">
          #{tag.name}
        </span>
      ))}
    </span>
  );
}

/** Only of those somebody may want to write to, and only when it matters. */
function WindowMark({ c }: { c: Conversation }) {
  if (c.window_closes_at === null || c.status === 'closed' || c.status === 'not_contacted') return null;
  const left = Date.parse(c.window_closes_at) - now.value;
  if (left <= 0) return <span class="chip warn">window closed</span>;
  if (left > SOON_MS) return null;
  return (
    <span class="chip warn">
      window <Until at={c.window_closes_at} />
    </span>
  );
}
