import { heartbeat } from '@temporalio/activity';
import type { Courier, Visited } from '../src/webhooks/courier';

export interface WebhookActivities {
  /** Delivers what is due for an endpoint. */
  deliver(webhook: string): Promise<Visited>;
}

export function webhookActivities(courier: Courier): WebhookActivities {
  return { deliver: (webhook) => courier.visit(webhook, () => heartbeat()) };
}
