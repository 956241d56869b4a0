import { Context } from '@temporalio/activity';
import type { Dispatcher } from '../src/webhooks/dispatcher';
import type { Visited } from '../src/webhooks/visit';
import { stayingAlive } from './alive';

export interface WebhookActivities {
  /** Delivers what is due for an endpoint. */
  deliver(webhook: string): Promise<Visited>;
}

export function webhookActivities(dispatcher: Dispatcher): WebhookActivities {
  return {
    deliver(webhook) {
      return stayingAlive(() => dispatcher.visit(webhook, Context.current().cancellationSignal));
    },
  };
}
