import type { Client } from '@temporalio/client';
import type { Pool } from 'pg';
import { conversationActivities, type ConversationActivities } from './conversations';
import { rolloutActivities, type RolloutActivities } from './rollout';

export type Activities = ConversationActivities & RolloutActivities;

/** Everything the workflows may call, with what it needs passed in. */
export function createActivities({ pool, client }: { pool: Pool; client: Client }): Activities {
  return { ...conversationActivities(pool), ...rolloutActivities(pool, client) };
}
