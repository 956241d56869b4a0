import { Context, heartbeat } from '@temporalio/activity';
import type { Dispatcher } from '../src/webhooks/dispatcher';
import type { Visited } from '../src/webhooks/visit';

const BEAT_MS = 2_000;

export interface WebhookActivities {
  /** Delivers what is due for an endpoint. */
  deliver(webhook: string): Promise<Visited>;
}

export function webhookActivities(dispatcher: Dispatcher): WebhookActivities {
  return {
    async deliver(webhook) {
      const timer = setInterval(() => heartbeat(), BEAT_MS);
      try {
        return await dispatcher.visit(webhook, Context.current().cancellationSignal);
      } finally {
        clearInterval(timer);
      }
    },
  };
}
