import { addContacts } from '../../db/contacts';
import { operation, type Operation } from '../core/operation';
import * as schemas from '../core/schemas';
import type { Services } from './services';

export function contactOperations({ inboxes }: Services): Operation[] {
  return [
    operation({
      method: 'post',
      path: '/v1/inboxes/:inbox/contacts',
      summary: 'Make not_contacted conversations; those that are known are left alone',
      scope: 'events:write',
      params: schemas.inboxParams,
      query: schemas.noQuery,
      body: schemas.contactsBody,
      answers: { 200: schemas.contactsMade },
      async handle({ db, params: { inbox }, body: { conversations } }) {
        await inboxes.require(db, inbox);
        const created = await addContacts(db, inbox, conversations);
        return { status: 200, body: { created, known: conversations.length - created } };
      },
    }),
  ];
}
