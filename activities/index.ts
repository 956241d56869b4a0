import type { Pool } from 'pg';
import type { TemporalClient } from '../src/temporal/client';
import { conversationActivities, writeBatcher, type ConversationActivities } from './conversations';
import { rolloutActivities, type RolloutActivities } from './rollout';

export type Activities = ConversationActivities & RolloutActivities;

export interface ActivityDeps {
  pool: Pool;
  temporal: TemporalClient;
  /** for whoever wants to know how far behind it is; one of its own where absent */
  writes?: ReturnType<typeof writeBatcher>;
}

export { writeBatcher };

/** Everything the workflows may call, with what it needs passed in. */
export function createActivities({ pool, temporal, writes }: ActivityDeps): Activities {
  return { ...conversationActivities(pool, writes), ...rolloutActivities(pool, temporal) };
}
