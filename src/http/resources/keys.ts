import { z } from 'zod';
import { addKey, listKeys, revokeKey, SCOPES } from '../../db/keys';
import { text, timestamp } from '../../domain/text';
import { fromCursor, pageOf } from '../core/cursor';
import { named } from '../core/names';
import { operation, type Operation } from '../core/operation';
import { InvalidRequestError, NotFoundError, ScopeMissingError } from '../core/problems';
import { nextPage, noParams, noQuery, page, pageQuery } from '../core/shapes';

const LISTING = 'keys';
export const USUAL_RATE = 200;
const MOST_RATE = 100_000;

const rate = z.int().min(1).max(MOST_RATE);
const newKey = named(
  'NewKey',
  z.strictObject({
    name: text(1, 100),
    scopes: z.array(z.enum(SCOPES)).min(1).max(SCOPES.length),
    rate_per_second: rate.default(USUAL_RATE),
    expires_at: timestamp().nullable().default(null),
  }),
);

const shown = {
  key_id: z.string(),
  name: z.string(),
  scopes: z.array(z.enum(SCOPES)),
  rate_per_second: z.int().nullable(),
  expires_at: timestamp().nullable(),
  created_at: timestamp(),
};
const key = named('Key', z.strictObject(shown), {
  description: 'What a key may do. `rate_per_second: null`: as much as it likes.',
});
export const keyWithSecret = named('KeyWithSecret', z.strictObject({ ...shown, key: z.string() }), {
  description: '`key` is what goes into `Authorization`. It is shown this once.',
});
const keys = page('Keys', key);
const id = z.uuid();

export function keyOperations(): Operation[] {
  return [
    operation({
      name: 'add_key',
      tag: 'Keys',
      method: 'post',
      path: '/v1/keys',
      summary: 'Make a key of the account; the key itself is shown this once',
      description: 'It can do no more than the key that makes it.',
      scope: 'keys:write',
      params: noParams,
      query: noQuery,
      body: newKey,
      examples: { inbox: { name: 'inbox', scopes: ['events:write', 'conversations:read'] } },
      answers: { 201: keyWithSecret },
      async handle({ db, body, holder }) {
        const missing = body.scopes.find((scope) => !holder.scopes.includes(scope));
        if (missing !== undefined) throw new ScopeMissingError(missing);
        if (body.expires_at !== null && Date.parse(body.expires_at) <= Date.now())
          throw new InvalidRequestError([{ path: 'expires_at', message: 'must be in the future' }]);
        const scopes = SCOPES.filter((scope) => body.scopes.includes(scope));
        return { status: 201, body: await addKey(db, { ...body, scopes }) };
      },
    }),
    operation({
      name: 'list_keys',
      tag: 'Keys',
      method: 'get',
      path: '/v1/keys',
      summary: 'The keys of the account that are not revoked, without the keys themselves',
      scope: 'keys:write',
      params: noParams,
      query: pageQuery,
      answers: { 200: keys },
      links: { list_keys: nextPage },
      async handle({ db, query: { limit, cursor } }) {
        const after = cursor === undefined ? null : fromCursor(LISTING, cursor, z.tuple([id]))[0];
        const found = await listKeys(db, after, limit + 1);
        return { status: 200, body: pageOf(LISTING, found, limit, (last) => [last.key_id]) };
      },
    }),
    operation({
      name: 'revoke_key',
      tag: 'Keys',
      method: 'delete',
      path: '/v1/keys/:key_id',
      summary: 'Revoke a key: within a second nobody is let in with it, and its streams end',
      scope: 'keys:write',
      params: z.strictObject({ key_id: text(1, 64) }),
      query: noQuery,
      answers: { 204: z.undefined() },
      async handle({ db, params: { key_id } }) {
        const revoked = id.safeParse(key_id).success && (await revokeKey(db, key_id));
        if (!revoked) throw new NotFoundError(`There is no key ${key_id}`);
        return { status: 204 };
      },
    }),
  ];
}
