import type { Pool } from 'pg';
import type { TemporalClient } from '../src/temporal/client';
import {
  conversationActivities,
  writeBatcher,
  type ConversationActivities,
  type ConversationOptions,
} from './conversations';
import { rolloutActivities, type RolloutActivities } from './rollout';

export type Activities = ConversationActivities & RolloutActivities;

interface ActivityDeps extends ConversationOptions {
  pool: Pool;
  temporal: TemporalClient;
}

export { writeBatcher };

/** Everything the workflows may call, with what it needs passed in. */
export function createActivities({ pool, temporal, ...options }: ActivityDeps): Activities {
  return { ...conversationActivities(pool, options), ...rolloutActivities(pool, temporal) };
}
