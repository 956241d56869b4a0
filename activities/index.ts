import type { Pool } from 'pg';
import type { TemporalClient } from '../src/temporal/client';
import type { Courier } from '../src/webhooks/courier';
import {
  conversationActivities,
  writeBatcher,
  type ConversationActivities,
  type ConversationOptions,
} from './conversations';
import { rolloutActivities, type RolloutActivities } from './rollout';
import { webhookActivities, type WebhookActivities } from './webhooks';

export type Activities = ConversationActivities & RolloutActivities & WebhookActivities;

interface ActivityDeps extends ConversationOptions {
  pool: Pool;
  temporal: TemporalClient;
  courier: Courier;
}

export { writeBatcher };

/** Everything the workflows may call, with what it needs passed in. */
export function createActivities({ pool, temporal, courier, ...options }: ActivityDeps): Activities {
  return {
    ...conversationActivities(pool, options),
    ...rolloutActivities(pool, temporal),
    ...webhookActivities(courier),
  };
}
