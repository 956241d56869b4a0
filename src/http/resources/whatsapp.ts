import { z } from 'zod';
import { findChannel, putChannel, removeChannel, type WhatsAppChannel } from '../../db/whatsapp-channels';
import { objectId, text, timestamp } from '../../domain/text';
import { named, shown } from '../core/names';
import { operation, type Operation } from '../core/operation';
import { NotFoundError } from '../core/problems';
import { inboxParams, noQuery, sameInbox } from '../core/shapes';
import { checkUrl, configured, url } from './outside-url';
import type { Services } from './services';

const PATH = '/v1/inboxes/:inbox/whatsapp';
const GRAPH_URL = 'https://graph.facebook.com';
const GRAPH_VERSION = 'v26.0';

const secret = shown(text(1, 1_000), { writeOnly: true, description: 'Kept encrypted, and never shown' });
const survey = z.strictObject({
  text: text(1, 1_024).describe('What the customer is asked'),
  button: text(1, 20).describe('On the button that opens the list of answers'),
  template: z
    .strictObject({
      name: z.string().regex(/^[a-z0-9_]{1,512}$/, 'must be the name of a template: a-z 0-9 _'),
      language: z.string().regex(/^[A-Za-z]{2,3}(_[A-Za-z]{2,4})?$/, 'must be a language code such as en_US'),
    })
    .optional()
    .describe('For customers whose window is closed. Without it their survey fails: `outside_window`.'),
});
const settings = {
  phone_number_id: z.string().regex(/^\d{1,32}$/, 'must be the id of a number: digits'),
  graph_url: url,
  graph_version: z.string().regex(/^v\d{1,3}\.\d{1,2}$/, 'must be a version such as v26.0'),
};

const channelBody = named(
  'WhatsAppChannelBody',
  z.strictObject({
    ...settings,
    graph_url: url.default(GRAPH_URL),
    graph_version: settings.graph_version.default(GRAPH_VERSION),
    verify_token: secret,
    app_secret: secret,
    access_token: secret,
    survey,
  }),
);
const channelAnswer = named(
  'WhatsAppChannel',
  z.strictObject({
    channel: z.string(),
    inbox: objectId(),
    webhook_path: z.string(),
    ...settings,
    survey,
    problem: z.strictObject({ code: z.string(), since: timestamp() }).nullable(),
    created_at: timestamp(),
    updated_at: timestamp(),
  }),
  {
    description:
      '`webhook_path` is where Meta sends to. `problem`: the code with which WhatsApp refuses surveys until the set-up is put right; they are tried again.',
  },
);

const EXAMPLE = {
  phone_number_id: '106540352242922',
  verify_token: 'chosen-by-you',
  app_secret: 'of-the-app',
  access_token: 'of-a-system-user',
  survey: { text: 'How was our help?', button: 'Rate us', template: { name: 'survey', language: 'en' } },
};

export function whatsAppOperations({ inboxes, webhooks: { secrets, allowed } }: Services): Operation[] {
  return [
    operation({
      name: 'put_whatsapp',
      tag: 'WhatsApp',
      method: 'put',
      path: PATH,
      summary: 'Connect an inbox with a WhatsApp number, or replace how it is connected',
      description: 'Messages come in through `webhook_path`, and surveys go out.',
      scope: 'inboxes:write',
      params: inboxParams,
      query: noQuery,
      body: channelBody,
      examples: { number: EXAMPLE },
      links: { get_whatsapp: sameInbox },
      answers: { 200: channelAnswer, 201: channelAnswer },
      async handle({ db, params: { inbox }, body }) {
        const { verify_token, app_secret, access_token, ...wanted } = body;
        checkUrl('graph_url', wanted.graph_url, allowed);
        await inboxes.require(db, inbox);
        const given = { verify_token, app_secret, access_token };
        const { channel, created } = await configured(() => putChannel(db, secrets, inbox, wanted, given));
        return { status: created ? 201 : 200, body: shownChannel(channel) };
      },
    }),
    operation({
      name: 'get_whatsapp',
      tag: 'WhatsApp',
      method: 'get',
      path: PATH,
      summary: 'How an inbox is connected with WhatsApp, and what is wrong with it; never its secrets',
      scope: 'inboxes:write',
      params: inboxParams,
      query: noQuery,
      answers: { 200: channelAnswer },
      async handle({ db, params: { inbox } }) {
        const channel = await findChannel(db, inbox);
        if (!channel) throw notConnected(inbox);
        return { status: 200, body: shownChannel(channel) };
      },
    }),
    operation({
      name: 'delete_whatsapp',
      tag: 'WhatsApp',
      method: 'delete',
      path: PATH,
      summary: 'Disconnect an inbox from WhatsApp; its conversations stay',
      scope: 'inboxes:write',
      params: inboxParams,
      query: noQuery,
      answers: { 204: z.undefined() },
      async handle({ db, params: { inbox } }) {
        if (!(await removeChannel(db, inbox))) throw notConnected(inbox);
        return { status: 204 };
      },
    }),
  ];
}

function shownChannel({ channel, inbox, ...rest }: WhatsAppChannel) {
  return { channel, inbox, webhook_path: `/v1/channels/whatsapp/${channel}`, ...rest };
}

function notConnected(inbox: string): NotFoundError {
  return new NotFoundError(`Inbox ${inbox} has no WhatsApp number, or there is no such inbox`);
}
