import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { TemporalClient } from '../src/temporal/client';
import type { Dispatcher } from '../src/webhooks/dispatcher';
import { bulkActivities, type BulkActivities } from './bulk';
import { codeRolloutActivities, type CodeRolloutActivities } from './code-rollout';
import {
  conversationActivities,
  writeBatcher,
  type ConversationActivities,
  type ConversationOptions,
} from './conversations';
import { erasureActivities, type ErasureActivities } from './erasure';
import { rolloutActivities, type RolloutActivities } from './rollout';
import { webhookActivities, type WebhookActivities } from './webhooks';

export type Activities = ConversationActivities &
  RolloutActivities &
  ErasureActivities &
  BulkActivities &
  CodeRolloutActivities &
  WebhookActivities;

interface ActivityDeps extends ConversationOptions {
  pool: Pool;
  temporal: TemporalClient;
  dispatcher: Dispatcher;
  logger: Logger;
}

export { writeBatcher };

/** All activities, with what they need as arguments. */
export function createActivities({
  pool,
  temporal,
  dispatcher,
  logger,
  ...options
}: ActivityDeps): Activities {
  return {
    ...conversationActivities(pool, { ...options, logger }),
    ...rolloutActivities(pool, temporal),
    ...erasureActivities(pool, temporal),
    ...bulkActivities(pool, temporal),
    ...codeRolloutActivities({ pool, temporal, logger }),
    ...webhookActivities(dispatcher),
  };
}
