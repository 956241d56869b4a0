import type { Random } from './random';

export interface Body {
  id: string;
  type: string;
  [field: string]: unknown;
}

type Make = (random: Random, n: number) => Omit<Body, 'id'>;

const AGENTS = ['ana', 'ben', 'cho'] as const;
const agent = (random: Random) => random.pick(AGENTS);

const FAR = new Date(Date.now() + 180 * 86_400_000).toISOString();

/** What people and flows do to a conversation, with weights. */
const MAKERS: [weight: number, make: Make][] = [
  [30, () => ({ type: 'message' })],
  [20, (r) => ({ type: 'agent_reply', agent: agent(r) })],
  [6, (r) => ({ type: 'close', agent: agent(r), skip_survey: r.chance(0.5) })],
  [4, (r) => ({ type: 'csat_answer', score: r.between(1, 5) })],
  [3, (r) => ({ type: 'reopen', agent: agent(r) })],
  [
    4,
    (r, n) => ({ type: 'flow_start', flow: 'welcome', execution: `x-${n % 4}`, has_priority: r.chance(0.5) }),
  ],
  [
    4,
    (r, n) => ({
      type: 'flow_end',
      execution: `x-${n % 4}`,
      ...(r.chance(0.5) && { assign: { team: 'sales' } }),
    }),
  ],
  [3, (r) => ({ type: 'assign', agent: agent(r) })],
  [3, (r) => ({ type: 'tag_add', tags: [`t${r.between(1, 5)}`] })],
  [2, (r) => ({ type: 'tag_remove', tags: [`t${r.between(1, 5)}`] })],
  [2, () => ({ type: 'mark_read' })],
  [2, () => ({ type: 'mark_unread' })],
  [1, () => ({ type: 'archive' })],
  [1, () => ({ type: 'unarchive' })],
  [2, () => ({ type: 'snooze', until: FAR })],
  [2, () => ({ type: 'unsnooze' })],
  [1, () => ({ type: 'message', kind: 'reaction' })],
];
const TOTAL = MAKERS.reduce((sum, [weight]) => sum + weight, 0);

/** The `n`th event of a conversation. */
export function eventOf(random: Random, conversation: string, n: number): Body {
  return { id: `${conversation}.${n}`, ...maker(random)(random, n) } as Body;
}

function maker(random: Random): Make {
  let at = random.next() * TOTAL;
  for (const [weight, make] of MAKERS) {
    at -= weight;
    if (at < 0) return make;
  }
  return MAKERS[0]![1];
}
