import { z } from 'zod';
import {
  addTest,
  DELIVERY_STATES,
  deliveryId,
  listDeliveries,
  redeliver,
  type Delivery,
  type Wanted,
} from '../../db/deliveries';
import {
  addWebhook,
  changeWebhook,
  findWebhook,
  listWebhooks,
  removeWebhook,
  rotateSecret,
} from '../../db/webhooks';
import { EFFECT_TYPES } from '../../domain/effect-types';
import { objectId, text, timestamp } from '../../domain/text';
import { fromCursor, pageOf } from '../core/cursor';
import { named } from '../core/names';
import { operation, type Operation } from '../core/operation';
import { NotFoundError } from '../core/problems';
import { bound, cursor, limit, noParams, noQuery, page, pageQuery } from '../core/shapes';
import { checkUrl, configured, url } from './outside-url';
import type { Services } from './services';

const PATH = '/v1/webhooks/:webhook';
const LISTING = 'webhooks';
const MOST_IDS = 1_000;

const webhookId = text(1, 64);
const params = z.strictObject({ webhook: webhookId });
const types = z.array(z.enum(EFFECT_TYPES)).min(1).nullable();
const inboxes = z.array(objectId()).min(1).max(1_000).nullable();
const state = z.enum(['active', 'paused']);

const newWebhook = named(
  'NewWebhook',
  z.strictObject({ url, types: types.default(null), inboxes: inboxes.default(null) }),
);
const change = named(
  'WebhookChange',
  z.strictObject({
    url: url.optional(),
    types: types.optional(),
    inboxes: inboxes.optional(),
    state: state.optional(),
  }),
);

const webhook = named(
  'Webhook',
  z.strictObject({
    webhook: webhookId,
    url: z.string(),
    types: z.array(z.string()).nullable(),
    inboxes: z.array(z.string()).nullable(),
    state,
    created_at: timestamp(),
  }),
);
const webhookWithSecret = named(
  'WebhookWithSecret',
  z.strictObject({ ...webhook.shape, secret: z.string() }),
);

const delivery = named(
  'Delivery',
  z.strictObject({
    delivery: z.string(),
    type: z.string(),
    inbox: z.string().nullable(),
    conversation: z.string().nullable(),
    state: z.enum(DELIVERY_STATES),
    attempts: z.array(
      z.strictObject({
        at: timestamp(),
        status: z.int().nullable(),
        milliseconds: z.int(),
        answer: z.string().nullable(),
        error: z.string().nullable(),
      }),
    ),
    next_attempt_at: timestamp().nullable(),
    created_at: timestamp(),
    ended_at: timestamp().nullable(),
  }),
);

const deliveryName = z.string().regex(/^\w{1,64}\.[1-9]\d{0,14}$/, 'is no id of a delivery');

const again = named(
  'Redelivery',
  z.union([
    z.strictObject({ deliveries: z.array(deliveryName).min(1).max(MOST_IDS) }),
    z.strictObject({ from: bound, to: bound, state: z.enum(DELIVERY_STATES).optional() }),
  ]),
);

const testAnswer = z.strictObject({ delivery: z.string() });
const redeliveryAnswer = z.strictObject({ redelivered: z.int() });
const webhookList = page('Webhooks', webhook);
const deliveryList = page('Deliveries', delivery);

export function webhookOperations(services: Services): Operation[] {
  return [...endpoints(services), ...secrets(services), ...deliveries()];
}

function endpoints({ webhooks: { secrets, allowed } }: Services): Operation[] {
  return [
    operation({
      name: 'add_webhook',
      tag: 'Webhooks',
      method: 'post',
      path: '/v1/webhooks',
      summary: 'Have an endpoint told what is decided from now on; its secret is shown this once',
      scope: 'webhooks:write',
      params: noParams,
      query: noQuery,
      body: newWebhook,
      examples: { all: { url: 'https://hooks.example.com/in' } },
      answers: { 201: webhookWithSecret },
      async handle({ db, body }) {
        checkUrl('url', body.url, allowed);
        const made = await configured(() => addWebhook(db, secrets, body));
        return { status: 201, body: made, headers: { Location: `/v1/webhooks/${made.webhook}` } };
      },
    }),
    operation({
      name: 'list_webhooks',
      tag: 'Webhooks',
      method: 'get',
      path: '/v1/webhooks',
      summary: 'The endpoints of the account',
      scope: 'webhooks:write',
      params: noParams,
      query: pageQuery,
      answers: { 200: webhookList },
      async handle({ db, query: { limit, cursor } }) {
        const after = cursor === undefined ? '' : fromCursor(LISTING, cursor, z.tuple([webhookId]))[0];
        const found = await listWebhooks(db, after, limit + 1);
        return { status: 200, body: pageOf(LISTING, found, limit, (last) => [last.webhook]) };
      },
    }),
    operation({
      name: 'get_webhook',
      tag: 'Webhooks',
      method: 'get',
      path: PATH,
      summary: 'One endpoint',
      scope: 'webhooks:write',
      params,
      query: noQuery,
      answers: { 200: webhook },
      async handle({ db, params: { webhook } }) {
        return { status: 200, body: known(await findWebhook(db, webhook), webhook) };
      },
    }),
    operation({
      name: 'patch_webhook',
      tag: 'Webhooks',
      method: 'patch',
      path: PATH,
      summary: 'Change an endpoint; paused, it is told later what is decided meanwhile',
      scope: 'webhooks:write',
      params,
      query: noQuery,
      body: change,
      examples: { pause: { state: 'paused' } },
      answers: { 200: webhook },
      async handle({ db, params: { webhook }, body }) {
        if (body.url !== undefined) checkUrl('url', body.url, allowed);
        return { status: 200, body: known(await changeWebhook(db, webhook, body), webhook) };
      },
    }),
    operation({
      name: 'delete_webhook',
      tag: 'Webhooks',
      method: 'delete',
      path: PATH,
      summary: 'Tell an endpoint nothing more',
      scope: 'webhooks:write',
      params,
      query: noQuery,
      answers: { 204: z.undefined() },
      async handle({ db, params: { webhook } }) {
        if (!(await removeWebhook(db, webhook))) throw unknownWebhook(webhook);
        return { status: 204 };
      },
    }),
  ];
}

function secrets({ webhooks: { secrets } }: Services): Operation[] {
  return [
    operation({
      name: 'rotate_webhook_secret',
      tag: 'Webhooks',
      method: 'post',
      path: `${PATH}/rotate_secret`,
      summary: 'A new secret, shown this once; the one before signs for 24 hours longer',
      scope: 'webhooks:write',
      params,
      query: noQuery,
      answers: { 200: webhookWithSecret },
      async handle({ db, params: { webhook } }) {
        const rotated = await configured(() => rotateSecret(db, secrets, webhook, Date.now()));
        return { status: 200, body: known(rotated, webhook) };
      },
    }),
  ];
}

function deliveries(): Operation[] {
  return [
    operation({
      name: 'test_webhook',
      tag: 'Webhooks',
      method: 'post',
      path: `${PATH}/test`,
      summary: 'Send the endpoint an event of type `webhook.test`',
      scope: 'webhooks:write',
      params,
      query: noQuery,
      answers: { 202: testAnswer },
      async handle({ db, params: { webhook } }) {
        const nth = known(await addTest(db, webhook, new Date().toISOString()), webhook);
        return { status: 202, body: { delivery: deliveryId(webhook, nth) } };
      },
    }),
    operation({
      name: 'list_deliveries',
      tag: 'Webhooks',
      method: 'get',
      path: `${PATH}/deliveries`,
      summary: 'What the endpoint is told, newest first, with every attempt',
      scope: 'webhooks:write',
      params,
      query: z.strictObject({ state: z.enum(DELIVERY_STATES).optional(), limit, cursor }),
      answers: { 200: deliveryList },
      async handle({ db, params: { webhook }, query }) {
        known(await findWebhook(db, webhook), webhook);
        const listing = `deliveries/${webhook}/${query.state ?? ''}`;
        const before =
          query.cursor === undefined ? null : fromCursor(listing, query.cursor, z.tuple([z.int()]))[0];
        const found = await listDeliveries(db, webhook, query.state ?? null, before, query.limit + 1);
        const { items, next_cursor } = pageOf(listing, found, query.limit, (last) => [last.nth]);
        return { status: 200, body: { items: items.map((d) => shownDelivery(webhook, d)), next_cursor } };
      },
    }),
    operation({
      name: 'redeliver',
      tag: 'Webhooks',
      method: 'post',
      path: `${PATH}/redeliver`,
      summary:
        'Tell the endpoint again: these, or all that were decided in a time (not those that wait anyway)',
      scope: 'webhooks:write',
      params,
      query: noQuery,
      body: again,
      examples: { range: { from: '2026-03-01T00:00:00Z', to: '2026-03-02T00:00:00Z', state: 'parked' } },
      answers: { 202: redeliveryAnswer },
      async handle({ db, params: { webhook }, body }) {
        const redelivered = known(await redeliver(db, webhook, wantedOf(webhook, body)), webhook);
        return { status: 202, body: { redelivered } };
      },
    }),
  ];
}

function wantedOf(webhook: string, body: z.output<typeof again>): Wanted {
  if ('from' in body) return { ...body, state: body.state ?? null };
  // as those that are gone, those of another webhook are not counted
  const own = body.deliveries.filter((id) => id.startsWith(`${webhook}.`));
  const nths = own.map((id) => Number(id.slice(webhook.length + 1)));
  return { nths };
}

function shownDelivery(webhook: string, { nth, ...shown }: Delivery) {
  return { delivery: deliveryId(webhook, nth), ...shown };
}

function known<T>(found: T | null, webhook: string): T {
  if (found === null) throw unknownWebhook(webhook);
  return found;
}

function unknownWebhook(webhook: string): NotFoundError {
  return new NotFoundError(`There is no webhook ${webhook}`);
}
