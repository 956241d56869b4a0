import { z } from 'zod';
import { addAccount, findAccount } from '../../db/accounts';
import { SCOPES } from '../../db/keys';
import { PostgresUnavailableError } from '../../db/unavailable';
import { objectId, timestamp } from '../../domain/text';
import { named } from '../core/names';
import { operation, type Operation } from '../core/operation';
import { noQuery } from '../core/shapes';
import { keyWithSecret, USUAL_RATE } from './keys';
import type { Services } from './services';

/** All rights within the account. Only `accounts:write` is missing, which makes other accounts. */
const FIRST_KEY = {
  name: 'first',
  scopes: SCOPES.filter((scope) => scope !== 'accounts:write'),
  rate_per_second: USUAL_RATE,
  expires_at: null,
};

const account = named('Account', z.strictObject({ account: objectId(), created_at: timestamp() }));
const accountWithKey = named(
  'AccountWithKey',
  z.strictObject({ account: objectId(), ...keyWithSecret.shape }),
  { description: 'A new account, and its first key, which is shown this once.' },
);

export function accountOperations({ database }: Services): Operation[] {
  return [
    operation({
      name: 'put_account',
      tag: 'Accounts',
      method: 'put',
      path: '/v1/accounts/:account',
      summary: 'Make an account; its first key, which may do everything within it, is shown this once',
      scope: 'accounts:write',
      params: z.strictObject({ account: objectId() }),
      query: noQuery,
      answers: { 200: account, 201: accountWithKey },
      async handle({ params, holder }) {
        const db = database.of(params.account, holder.id);
        const made = await addAccount(db, FIRST_KEY);
        if (made) return { status: 201, body: made };
        const known = await findAccount(db);
        if (!known) throw new PostgresUnavailableError('the account went away while it was made');
        return { status: 200, body: known };
      },
    }),
  ];
}
