/** What a what-if counts. */
import type { Conversation } from '../domain/conversation';
import type { Judgement } from '../domain/decision';
import type { AnyEvent } from '../domain/events';

/** Each is told by the conversation before and after a decision, so no rule has to be known here. */
const IS = {
  auto_closed: ({ event, verdict }) => event.type === 'auto_close_due' && verdict === 'applied',
  auto_closed_while_waiting: ({ event, verdict, before }) =>
    event.type === 'auto_close_due' && verdict === 'applied' && before.waiting_since !== null,
  auto_archived: ({ event, verdict }) => event.type === 'auto_archive_due' && verdict === 'applied',
  flow_timed_out: ({ event, verdict }) => event.type === 'flow_timeout' && verdict === 'applied',
  new_after_flow: ({ event, before, state }) =>
    (event.type === 'flow_end' || event.type === 'flow_timeout') &&
    before.status === 'in_flow' &&
    state.status === 'new' &&
    state.unread,
  survey_sent: ({ before, state }) => state.survey_count > before.survey_count,
  broadcast_reached: ({ event, verdict }) =>
    event.type === 'flow_start' && event.source === 'broadcast' && verdict === 'applied',
  broadcast_blocked: ({ event, verdict }) =>
    event.type === 'flow_start' && event.source === 'broadcast' && verdict === 'refused',
  episode_begun: ({ before, state }) => state.episode > before.episode,
  reopened: ({ event, before, state }) =>
    (event.type === 'message' || event.type === 'agent_reply') &&
    before.status === 'closed' &&
    state.status === 'in_progress' &&
    state.episode === before.episode,
} satisfies Record<string, (d: Decided) => boolean>;

interface Decided {
  before: Conversation;
  event: AnyEvent;
  verdict: Judgement['verdict'];
  state: Conversation;
}

export type Kind = keyof typeof IS;
export const KINDS = Object.keys(IS) as Kind[];
const CHECKS = KINDS.map((kind, i) => [1 << i, IS[kind]] as const);

/** The kinds that a decision is of: the n-th bit is the n-th of {@link KINDS}. */
export function kindsOf(before: Conversation, event: AnyEvent, { verdict, state }: Judgement): number {
  if (verdict === 'ignored') return 0;
  const decided = { before, event, verdict, state };
  let kinds = 0;
  for (const [bit, is] of CHECKS) if (is(decided)) kinds |= bit;
  return kinds;
}
