import { computed } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import type { Conversation } from '../../../clients/typescript/src/index.ts';
import { now } from '../model/clock.ts';
import { TIMER } from '../model/words.ts';
import { Since, Until } from '../parts/time.tsx';

const SOON_MS = 2 * 3_600_000;
const LONG_MS = 3_600_000;

/** Shown again when the answer changes, not once a second. */
function useIs(at: string | null, is: (at: number) => boolean): boolean {
  return useMemo(() => computed(() => at !== null && is(Date.parse(at))), [at]).value;
}

/** How long the customer has waited for a person. */
export function Waiting({ c, word = '' }: { c: Conversation; word?: string }) {
  const isLong = useIs(c.waiting_since, (since) => now.value - since > LONG_MS);
  if (c.waiting_since === null) return null;
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
  const isOver = useIs(c.window_closes_at, (end) => end <= now.value);
  const isSoon = useIs(c.window_closes_at, (end) => end - now.value <= SOON_MS);
  if (c.window_closes_at === null || c.status === 'closed' || c.status === 'not_contacted') return null;
  if (isOver) return <span class="chip warn">window closed</span>;
  if (!isSoon) return null;
  return (
    <span class="chip warn">
      window <Until at={c.window_closes_at} />
    </span>
  );
}
