import type { Client } from '@temporalio/client';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { ensureBootstrapKey } from '../db/keys';
import { createApp } from '../http/app';
import type { WebhookSettings } from '../http/resources/services';
import { TASK_QUEUE } from '../temporal/contract';
import { listen, type Listen } from './http-server';

export interface ApiDeps {
  readonly client: Client;
  /** A URL whose connections act as the role `conversations_api`. */
  readonly pool: Pool;
  readonly listen: Listen;
  /** The key that is made at the start if it is missing. */
  readonly bootstrapApiKey?: string;
  readonly webhooks: WebhookSettings;
  /** Temporal's Web UI, for links to it. */
  readonly temporalUi?: string;
  readonly logger: Logger;
}

export interface RunningApi {
  readonly url: string;
  /** Accepts no more requests, and waits some seconds for those that run. */
  stop(): Promise<void>;
}

/** Database connections of an API. */
export const apiPoolSize = 20;

const drainMs = 2_000;

/** @throws OperatorError if it cannot listen on the port */
export async function startApi(deps: ApiDeps): Promise<RunningApi> {
  const { client, pool, webhooks, temporalUi, logger } = deps;
  if (deps.bootstrapApiKey !== undefined) await ensureBootstrapKey(pool, deps.bootstrapApiKey);
  const api = createApp({ client, pool, webhooks, temporalUi, logger, taskQueue: TASK_QUEUE });
  const server = await listen(api.app, deps.listen);
  const stop = async () => {
    await Promise.all([server.drain(drainMs), api.close()]);
  };
  return { url: server.url, stop };
}
