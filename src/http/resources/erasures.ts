import { z } from 'zod';
import { isKnown } from '../../db/conversations';
import type { AccountDatabase } from '../../db/database';
import { beginErasure, ERASED_SCOPES, findErasure, runningErasure, type Erased } from '../../db/erasures';
import { findInbox } from '../../db/inboxes';
import { objectId, timestamp } from '../../domain/text';
import { named } from '../core/names';
import { operation, type Operation, type Reply } from '../core/operation';
import { InvalidRequestError, NotFoundError } from '../core/problems';
import { conversationParams, inboxParams, noQuery } from '../core/shapes';
import { unknownConversation } from './conversations';
import { unknownInbox } from './known-inboxes';
import type { Services } from './services';

const erasureId = z.string().regex(/^er_[0-9a-f-]{36}$/, 'is not the id of an erasure');
const begun = named('ErasureBegun', z.strictObject({ erasure: erasureId }));
const erasure = named(
  'Erasure',
  z.strictObject({
    erasure: erasureId,
    scope: z.enum(ERASED_SCOPES),
    state: z.enum(['running', 'done']),
    started_at: timestamp(),
    ended_at: timestamp().nullable(),
    left: z
      .strictObject({
        conversations: z.int(),
        workflows: z.int().nullable().describe('as they were last listed; null: not looked for yet'),
      })
      .nullable(),
    erased: z.strictObject({
      rows: z.record(z.string(), z.int()).describe('by table'),
      workflows: z.int().describe('runs with their histories'),
    }),
  }),
  {
    description:
      'What is left while it runs, and what was erased. It does not say whose data it was once it is done.',
  },
);

const confirmQuery = z.strictObject({
  confirm: z.string().optional().describe('The name of what is erased, once more'),
});
const AGAIN = { get_erasure: { erasure: '$response.body#/erasure' } };
const TAG = 'Erasure';
const accountParams = z.strictObject({ account: objectId() });

export function erasureOperations(services: Services): Operation[] {
  return [oneConversation(services), oneInbox(services), oneAccount(services), progress()];
}

function oneConversation(services: Services): Operation {
  return operation({
    name: 'erase_conversation',
    tag: TAG,
    method: 'delete',
    path: '/v1/inboxes/:inbox/conversations/:conversation',
    summary: 'Erase a conversation: its workflows with their histories, and every row of it',
    description:
      'Its next event starts a stranger. Events that come while it is erased are answered 503: send them again.',
    scope: 'data:erase',
    params: conversationParams,
    query: noQuery,
    answers: { 202: begun },
    links: AGAIN,
    async handle({ db, params: { inbox, conversation: name } }) {
      const { account } = db;
      const target = await services.aliases.target({ account, inbox, conversation: name });
      const { conversation } = target ?? { conversation: name };
      return begin(services, db, { inbox, conversation }, async () => {
        if (!(await isKnown(db, inbox, conversation))) throw unknownConversation(inbox, name);
      });
    },
  });
}

function oneInbox(services: Services): Operation {
  return operation({
    name: 'erase_inbox',
    tag: TAG,
    method: 'delete',
    path: '/v1/inboxes/:inbox',
    summary: 'Erase an inbox with its settings, its channel and all its conversations',
    scope: 'data:erase',
    params: inboxParams,
    query: confirmQuery,
    answers: { 202: begun },
    links: AGAIN,
    handle: ({ db, params: { inbox }, query: { confirm } }) =>
      begin(services, db, { inbox }, async () => {
        if (!(await findInbox(db, inbox))) throw unknownInbox(inbox);
        requireConfirmed(confirm, inbox);
      }),
  });
}

function oneAccount(services: Services): Operation {
  return operation({
    name: 'erase_account',
    tag: TAG,
    method: 'delete',
    path: '/v1/accounts/:account',
    summary: 'Erase the account of this key with all that belongs to it, its keys last',
    scope: 'data:erase',
    params: accountParams,
    query: confirmQuery,
    answers: { 202: begun },
    handle: ({ db, params: { account }, query: { confirm } }) => {
      if (account !== db.account) throw new NotFoundError(`There is no account ${account}`);
      return begin(services, db, {}, () => Promise.resolve(requireConfirmed(confirm, account)));
    },
  });
}

function progress(): Operation {
  return operation({
    name: 'get_erasure',
    tag: TAG,
    method: 'get',
    path: '/v1/erasures/:erasure',
    summary: 'What is left of an erasure, or when it was done and what it erased',
    scope: 'data:erase',
    params: z.strictObject({ erasure: erasureId }),
    query: noQuery,
    answers: { 200: erasure },
    async handle({ db, params }) {
      const found = await findErasure(db, params.erasure);
      if (!found) throw new NotFoundError(`There is no erasure ${params.erasure}`);
      return { status: 200, body: found };
    },
  });
}

/** Asked again while it runs, it is the same one. If Temporal is away, the sweep starts it later. */
async function begin(
  { temporal, erasures }: Services,
  db: AccountDatabase,
  what: Erased,
  check: () => Promise<void>,
): Promise<Reply> {
  const running = await runningErasure(db, what);
  if (running === null) await check();
  const erasure = running ?? (await beginErasure(db, what));
  erasures.expire(); // events that this process takes from here on come after it
  await temporal.startErasure({ erasure });
  return { status: 202, body: { erasure }, headers: { Location: `/v1/erasures/${erasure}` } };
}

function requireConfirmed(confirm: string | undefined, name: string): void {
  if (confirm !== name)
    throw new InvalidRequestError([{ path: 'confirm', message: `must be ${name}: nothing brings it back` }]);
}
