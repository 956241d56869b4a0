import { z } from 'zod';
import { addContacts } from '../../db/contacts';
import { operation, type Operation } from '../core/operation';
import { named } from '../core/names';
import { conversationIds, IDS_BYTES, inboxParams, noQuery } from '../core/shapes';
import type { Services } from './services';

const contactsBody = named('Contacts', z.strictObject({ conversations: conversationIds }));
const contactsMade = named('ContactsMade', z.strictObject({ created: z.int(), known: z.int() }));

export function contactOperations({ inboxes, aliases }: Services): Operation[] {
  return [
    operation({
      name: 'add_contacts',
      tag: 'Contacts',
      method: 'post',
      path: '/v1/inboxes/:inbox/contacts',
      summary: 'Make not_contacted conversations; those that are known are left alone',
      scope: 'events:write',
      params: inboxParams,
      query: noQuery,
      body: contactsBody,
      limit: IDS_BYTES,
      examples: { two: { conversations: ['c_1', 'c_2'] } },
      answers: { 200: contactsMade },
      async handle({ db, params: { inbox }, body: { conversations } }) {
        await inboxes.require(db, inbox);
        const others = await aliases.targets(db, inbox, conversations);
        const created = await addContacts(
          db,
          inbox,
          conversations.filter((name) => !others.has(name)),
        );
        return { status: 200, body: { created, known: conversations.length - created } };
      },
    }),
  ];
}
