import { heartbeat } from '@temporalio/activity';
import type { Courier, Visited } from '../src/webhooks/courier';

const BEAT_MS = 2_000;

export interface WebhookActivities {
  /** Delivers what is due for an endpoint. */
  deliver(webhook: string): Promise<Visited>;
}

export function webhookActivities(courier: Courier): WebhookActivities {
  return {
    async deliver(webhook) {
      const timer = setInterval(() => heartbeat(), BEAT_MS);
      try {
        return await courier.visit(webhook);
      } finally {
        clearInterval(timer);
      }
    },
  };
}
