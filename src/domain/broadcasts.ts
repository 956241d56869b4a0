import { notContacted, STATUSES, type Common, type Conversation, type Status } from './conversation';
import { decide } from './decide';
import type { Rule } from './decision';
import { DEFAULT_SETTINGS, type Settings } from './settings';
import { begin, toClosed, toFlow, toResolved, toWork } from './transitions';

/** What a broadcast must know about a conversation. */
export type Reach = Pick<Common, 'blocked' | 'opted_out'> & { status: Status };

/**
 * Why a broadcast may not reach a conversation, or null when it may. It asks the rules about an example conversation, so eligibility and audiences always agree with the rules.
 */
export function refusalOf({ status, blocked, opted_out }: Reach, has_priority: boolean, settings: Settings) {
  const start = { flow: 'any', execution: 'another', source: 'broadcast', has_priority } as const;
  const some = { ...SOME[status], blocked, opted_out };
  const decision = decide(some, { id: 'any', type: 'flow_start', ...start }, settings, 0);
  return decision.verdict === 'refused' ? decision.rule : null;
}

/** Each kind of conversation that matters to a broadcast, and the rule that refuses it. */
export function refusals(has_priority: boolean, settings: Settings): (Reach & { refusal: Rule | null })[] {
  const either = [false, true];
  return STATUSES.flatMap((status) =>
    either.flatMap((blocked) =>
      either.map((opted_out) => {
        const reach = { status, blocked, opted_out };
        return { ...reach, refusal: refusalOf(reach, has_priority, settings) };
      }),
    ),
  );
}

const SOME = someOfEach();

function someOfEach(): Record<Status, Conversation> {
  const stranger = notContacted('any', 0);
  const x = { settings: DEFAULT_SETTINGS, now: 0 };
  const work = begin(stranger, 'message', 0);
  const facts = { by: 'api', agent: null, reason: null } as const;
  const start = { flow: 'any', execution: 'one', source: 'flow', has_priority: false } as const;
  return {
    not_contacted: stranger,
    new: toWork(work, 'new', 0),
    in_progress: toWork(work, 'in_progress', 0),
    in_flow: toFlow(work, { id: 'any', type: 'flow_start', ...start }, null, x),
    resolved: toResolved(work, facts, x),
    closed: toClosed(work, facts, 0),
  };
}
