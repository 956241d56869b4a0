import { z } from 'zod';
import { putAlias } from '../../db/aliases';
import { objectId, timestamp } from '../../domain/text';
import { named } from '../core/names';
import { operation, type Operation } from '../core/operation';
import { AliasRefusedError } from '../core/problems';
import { inboxParams, noQuery, problem, sameInbox } from '../core/shapes';
import type { Services } from './services';

const aliasParams = inboxParams.extend({ alias: objectId() });
const aliasBody = named('AliasBody', z.strictObject({ conversation: objectId() }));
const shownAlias = named(
  'Alias',
  z.strictObject({ alias: objectId(), conversation: objectId(), created_at: timestamp() }),
  { description: 'Another name of a conversation' },
);

export function aliasOperations({ inboxes, temporal }: Services): Operation[] {
  return [
    operation({
      name: 'put_alias',
      tag: 'Contacts',
      method: 'put',
      path: '/v1/inboxes/:inbox/aliases/:alias',
      summary: 'Make a name lead to a conversation',
      description:
        'Events and reads under the name reach the conversation. A name never leads to another name: what is given as `conversation` may be one, and the answer says where it leads. Refused (409) where a name would lead to itself (`alias_of_itself`), and where it is a conversation with a life of its own (`alias_is_conversation`).',
      scope: 'events:write',
      params: aliasParams,
      query: noQuery,
      body: aliasBody,
      examples: { one: { conversation: 'c_1' } },
      answers: { 200: shownAlias, 201: shownAlias, 409: problem },
      links: { get_conversation: { ...sameInbox, conversation: '$response.body#/conversation' } },
      async handle({ db, params: { inbox, alias }, body: { conversation } }) {
        await inboxes.require(db, inbox);
        // Its first event may be on its way to the database.
        if (await temporal.isRunning({ account: db.account, inbox, conversation: alias }))
          throw new AliasRefusedError(alias, 'alias_is_conversation');
        const put = await putAlias(db, inbox, { alias, conversation });
        if (typeof put === 'string') throw new AliasRefusedError(alias, put);
        const { created, ...body } = put;
        return { status: created ? 201 : 200, body };
      },
    }),
  ];
}
