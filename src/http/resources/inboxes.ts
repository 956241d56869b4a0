import { z } from 'zod';
import type { AccountDatabase } from '../../db/database';
import {
  changeInbox,
  findInbox,
  listInboxes,
  putInbox,
  type InboxParts,
  type InboxRecord,
} from '../../db/inboxes';
import { retentionSchema } from '../../domain/retention';
import { settingsSchema } from '../../domain/settings';
import { objectId, timestamp } from '../../domain/text';
import type { TemporalClient } from '../../temporal/client';
import { fromCursor, pageOf } from '../core/cursor';
import { unknownInbox } from './known-inboxes';
import { named } from '../core/names';
import { mergePatch, patchOf } from '../core/merge-patch';
import { operation, type Operation } from '../core/operation';
import { parse } from '../core/parsing';
import {
  inboxParams,
  jsonObject,
  noParams,
  noQuery,
  nextPage,
  page,
  pageQuery,
  sameInbox,
} from '../core/shapes';
import type { Services } from './services';

const LISTING = 'inboxes';
/** The operations that may follow on an inbox. */
const GO_ON = {
  get_inbox: sameInbox,
  patch_inbox: sameInbox,
  post_event: sameInbox,
  add_contacts: sameInbox,
  list_conversations: sameInbox,
  count_conversations: sameInbox,
  check_eligibility: sameInbox,
  stream_audience: sameInbox,
  ask_what_if: sameInbox,
};

const inboxBody = named(
  'InboxBody',
  z.strictObject({ settings: settingsSchema, retention: retentionSchema.prefault({}) }),
);
export const settingsPatch = named('SettingsPatch', patchOf(settingsSchema), {
  description: 'RFC 7396: what is there is set, null takes it back to its default, what is absent stays.',
});
const retentionPatch = named('RetentionPatch', patchOf(retentionSchema));
const inboxPatch = named(
  'InboxPatch',
  z.strictObject({ settings: settingsPatch.optional(), retention: retentionPatch.optional() }),
);

export const inboxAnswer = named(
  'Inbox',
  z.strictObject({
    inbox: objectId(),
    settings: settingsSchema,
    retention: retentionSchema,
    settings_version: z.int(),
    rolled_out_version: z.int(),
    created_at: timestamp(),
    updated_at: timestamp(),
  }),
);
const inboxes = page('Inboxes', inboxAnswer);

export function inboxOperations({ temporal }: Services): Operation[] {
  return [
    operation({
      name: 'put_inbox',
      tag: 'Inboxes',
      method: 'put',
      path: '/v1/inboxes/:inbox',
      summary:
        'Create an inbox, or replace its settings and its retention; missing parts take their defaults',
      scope: 'inboxes:write',
      params: inboxParams,
      query: noQuery,
      body: inboxBody,
      examples: { surveys: { settings: { csat: { enabled: true } } }, defaults: { settings: {} } },
      answers: { 200: inboxAnswer, 201: inboxAnswer },
      links: GO_ON,
      async handle({ db, params, body }) {
        const { inbox, created } = await putInbox(db, params.inbox, body);
        await rollOut(temporal, db, inbox);
        if (!created) return { status: 200, body: inbox };
        return { status: 201, body: inbox, headers: { Location: `/v1/inboxes/${params.inbox}` } };
      },
    }),
    operation({
      name: 'patch_inbox',
      tag: 'Inboxes',
      method: 'patch',
      path: '/v1/inboxes/:inbox',
      summary: 'Change some settings or the retention of an inbox, by a JSON merge patch',
      scope: 'inboxes:write',
      params: inboxParams,
      query: noQuery,
      body: jsonObject,
      shownBody: z.union([inboxPatch, settingsPatch]),
      examples: {
        inbox: { settings: { csat: { enabled: true } } },
        settings: { auto_close: { after_seconds: null } },
        retention: { retention: { timeline_days: 730 } },
      },
      answers: { 200: inboxAnswer },
      async handle({ db, params, body }) {
        const patched = await changeInbox(db, params.inbox, (parts) => patch(parts, body));
        if (!patched) throw unknownInbox(params.inbox);
        await rollOut(temporal, db, patched);
        return { status: 200, body: patched };
      },
    }),
    operation({
      name: 'get_inbox',
      tag: 'Inboxes',
      method: 'get',
      path: '/v1/inboxes/:inbox',
      summary: 'One inbox with its settings',
      scope: 'conversations:read',
      params: inboxParams,
      query: noQuery,
      answers: { 200: inboxAnswer },
      async handle({ db, params }) {
        const inbox = await findInbox(db, params.inbox);
        if (!inbox) throw unknownInbox(params.inbox);
        return { status: 200, body: inbox };
      },
    }),
    operation({
      name: 'list_inboxes',
      tag: 'Inboxes',
      method: 'get',
      path: '/v1/inboxes',
      summary: 'The inboxes of the account, by name',
      scope: 'conversations:read',
      params: noParams,
      query: pageQuery,
      answers: { 200: inboxes },
      links: { list_inboxes: nextPage },
      async handle({ db, query: { limit, cursor } }) {
        const after = cursor === undefined ? '' : fromCursor(LISTING, cursor, z.tuple([objectId()]))[0];
        const found = await listInboxes(db, after, limit + 1);
        return { status: 200, body: pageOf(LISTING, found, limit, (last) => [last.inbox]) };
      },
    }),
  ];
}

/** The patch is for the inbox, as `PUT` takes it (`{"settings": …, "retention": …}`), or for the settings only. */
function patch({ settings, retention }: InboxParts, body: Record<string, unknown>): InboxParts {
  const isWhole = 'settings' in body || 'retention' in body;
  const of = isWhole ? parse(inboxPatch, body) : { settings: parse(settingsPatch, body) };
  return {
    settings: parse(settingsSchema, mergePatch(settings, of.settings ?? {})),
    retention: parse(retentionSchema, mergePatch(retention, of.retention ?? {})),
  };
}

/** Also if an earlier attempt stored the settings and then did not reach Temporal: a repeat mends it. */
async function rollOut(
  temporal: TemporalClient,
  { account }: AccountDatabase,
  { inbox, settings_version, rolled_out_version }: InboxRecord,
): Promise<void> {
  if (rolled_out_version < settings_version) await temporal.startRollout({ account, inbox });
}
