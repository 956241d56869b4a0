import type { Pool } from 'pg';
import type { TemporalClient } from '../src/temporal/client';
import { conversationActivities, type ConversationActivities } from './conversations';
import { rolloutActivities, type RolloutActivities } from './rollout';

export type Activities = ConversationActivities & RolloutActivities;

/** Everything the workflows may call, with what it needs passed in. */
export function createActivities({ pool, temporal }: { pool: Pool; temporal: TemporalClient }): Activities {
  return { ...conversationActivities(pool), ...rolloutActivities(pool, temporal) };
}
