import { z } from 'zod';
import { listAudit } from '../../db/audit';
import { timestamp } from '../../domain/text';
import { fromCursor, pageOf } from '../core/cursor';
import { named } from '../core/names';
import { operation, type Operation } from '../core/operation';
import { nextPage, noParams, page, pageQuery } from '../core/shapes';

const LISTING = 'audit';

const change = z.union([
  z.strictObject({ from: z.unknown(), to: z.unknown() }),
  z.strictObject({ secret: z.literal(true) }),
]);
const entry = named(
  'AuditEntry',
  z.strictObject({
    at: timestamp(),
    key_id: z.string().nullable(),
    key_name: z.string().nullable(),
    action: z.string(),
    object: z.string(),
    changes: z.record(z.string(), change),
  }),
  {
    description:
      'A change, and the key with which it was made (null: the service itself). Of a secret it says only that it changed.',
  },
);
const entries = page('Audit', entry);

export function auditOperations(): Operation[] {
  return [
    operation({
      name: 'list_audit',
      tag: 'Keys',
      method: 'get',
      path: '/v1/audit',
      summary: 'Who changed accounts, keys, webhooks, channels and settings, newest first',
      scope: 'keys:write',
      params: noParams,
      query: pageQuery,
      answers: { 200: entries },
      links: { list_audit: nextPage },
      async handle({ db, query: { limit, cursor } }) {
        const before = cursor === undefined ? null : fromCursor(LISTING, cursor, z.tuple([z.int()]))[0];
        const found = await listAudit(db, before, limit + 1);
        const { items, next_cursor } = pageOf(LISTING, found, limit, (last) => [last.id]);
        return { status: 200, body: { items: items.map(({ id: _, ...entry }) => entry), next_cursor } };
      },
    }),
  ];
}
