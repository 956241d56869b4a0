import type { Client } from '@temporalio/client';
import compression from 'compression';
import express, { type Express } from 'express';
import helmet from 'helmet';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { Database } from '../db/database';
import { DecisionLookup } from '../db/decision-lookup';
import { Listener } from '../db/listener';
import { serveWhatsApp } from '../channels/whatsapp/router';
import { TemporalClient } from '../temporal/client';
import { answerErrors } from './core/answer-errors';
import { Authentication } from './core/authentication';
import { limitBodyTime } from './core/body-time';
import { accountOperations } from './resources/accounts';
import { aliasOperations } from './resources/aliases';
import { auditOperations } from './resources/audit';
import { broadcastOperations } from './resources/broadcasts';
import { bulkOperations } from './resources/bulk';
import { contactOperations } from './resources/contacts';
import { conversationOperations } from './resources/conversations';
import { episodeOperations } from './resources/episodes';
import { erasureOperations } from './resources/erasures';
import { eventBatchOperations } from './resources/event-batch';
import { eventOperations } from './resources/events';
import { reportOperations } from './resources/reports';
import { serveHealth } from './resources/health';
import { exportOperations } from './resources/exports';
import { importOperations } from './resources/imports';
import { inboxOperations } from './resources/inboxes';
import { keyOperations } from './resources/keys';
import { KnownAliases } from './resources/known-aliases';
import { KnownInboxes } from './resources/known-inboxes';
import { serve, type Operation } from './core/operation';
import { serveOps } from './ops';
import { servePages } from './pages';
import { NotFoundError } from './core/problems';
import { RunningErasures } from './core/running-erasures';
import { RateLimits } from './core/rate-limits';
import { identifyRequests } from './core/request-id';
import type { Services, WebhookSettings } from './resources/services';
import { healthOperations } from './resources/service-health';
import { streamOperations, Streams } from './resources/stream';
import { timelineOperations } from './resources/timeline';
import { timerOperations } from './resources/timers';
import { webhookOperations } from './resources/webhooks';
import { whatIfOperations } from './resources/what-if';
import { whatsAppOperations } from './resources/whatsapp';

export interface AppDeps {
  /** As the role `conversations_api`; the app takes one more connection with the pool's settings. */
  readonly pool: Pool;
  readonly client: Client;
  readonly logger: Logger;
  readonly webhooks: WebhookSettings;
  /** Temporal's Web UI, for links to it. */
  readonly temporalUi?: string;
  /** The worker's task queue; by default the contract's. */
  readonly taskQueue?: string;
}

export interface App {
  app: Express;
  /** Answers calls that still wait for a decision and releases the database. The caller ends the pool. */
  close(): Promise<void>;
}

/**
 * Everything that a page shows or calls comes from here; nothing is inline. The API's page has its pictures inside its style
 * sheet. TLS ends at the proxy, so requests must not be upgraded here.
 */
const contentSecurityPolicy = {
  useDefaults: false,
  directives: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'", 'data:'],
    connectSrc: ["'self'"],
    baseUri: ["'none'"],
    formAction: ["'none'"],
    frameAncestors: ["'none'"],
  },
};

/** Less is not worth the time; streams go out line by line, as they are. */
const compressed = compression({
  threshold: 2_000,
  filter: (_, response) =>
    /^(?:application\/(?:problem\+)?json|text\/(?:html|css|javascript))/.test(
      String(response.getHeader('Content-Type')),
    ),
});

/** The API, ready to listen. */
export function createApp({ pool, client, logger, webhooks, temporalUi, taskQueue }: AppDeps): App {
  const listener = new Listener(pool, logger);
  const database = new Database(pool, listener);
  const decisions = new DecisionLookup(listener, database);
  const authentication = new Authentication(database, listener);
  const rates = new RateLimits(database);
  const temporal = new TemporalClient(client, taskQueue);
  const inboxes = new KnownInboxes(database, listener);
  const aliases = new KnownAliases(database, listener);
  const erasures = new RunningErasures(database, listener);
  const streams = new Streams(listener);
  const services = {
    ...{ database, listener, decisions, temporal, inboxes, aliases, erasures },
    ...{ webhooks, streams },
  };
  listener.start();

  const app = express();
  app.disable('x-powered-by').disable('etag');
  app.enable('case sensitive routing');
  app.use(identifyRequests(logger), helmet({ contentSecurityPolicy }), compressed, limitBodyTime);
  const operations = operationsOf(services);
  serve(app, operations, { authentication, rates, database });
  serveWhatsApp(app, { database, temporal, erasures, secrets: webhooks.secrets, logger });
  serveHealth(app, services);
  const { namespace } = client.options;
  servePages(app, operations);
  serveOps(app, authentication, { ui: temporalUi ?? null, namespace });
  app.use(() => {
    throw new NotFoundError('There is nothing at this path');
  });
  app.use(answerErrors(logger));
  const close = async () => {
    decisions.giveUp();
    streams.close();
    rates.close();
    await listener.stop();
  };
  return { app, close };
}

/** The one that is called most comes first. */
function operationsOf(services: Services): Operation[] {
  return [
    ...eventOperations(services),
    ...eventBatchOperations(services),
    ...bulkOperations(services),
    ...conversationOperations(services),
    ...timelineOperations(services),
    ...episodeOperations(services),
    ...broadcastOperations(services),
    ...contactOperations(services),
    ...aliasOperations(services),
    ...reportOperations(services),
    ...whatIfOperations(),
    ...timerOperations(services),
    ...healthOperations(services),
    ...inboxOperations(services),
    ...importOperations(services),
    ...exportOperations(services),
    ...erasureOperations(services),
    ...webhookOperations(services),
    ...whatsAppOperations(services),
    ...streamOperations(services),
    ...accountOperations(services),
    ...keyOperations(),
    ...auditOperations(),
  ];
}
