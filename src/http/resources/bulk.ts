import { createHash, randomUUID } from 'node:crypto';
import { z } from 'zod';
import { abortBulk, createBulk, findBulk, listBulkItems, type BulkJob, type Chosen } from '../../db/bulk';
import { countConversations } from '../../db/counts';
import type { AccountDatabase } from '../../db/database';
import { BULK_RESULTS, BULK_STATES, MOST_IN_BULK } from '../../domain/bulk';
import { EVENT_TYPES, eventSchemas } from '../../domain/events';
import { objectId, timestamp } from '../../domain/text';
import { TemporalUnavailableError } from '../../temporal/errors';
import { fromCursor, pageOf } from '../core/cursor';
import { named } from '../core/names';
import { operation, type Operation } from '../core/operation';
import { parse } from '../core/parsing';
import { KeyReusedError, NotFoundError, type InvalidRequestError } from '../core/problems';
import { cursor, IDS_BYTES, inboxParams, limit, noQuery, problem, sameInbox, verdict } from '../core/shapes';
import {
  body,
  chosenOf,
  eventOf,
  isJobOf,
  jobId,
  parts,
  requireTimely,
  resolved,
  withoutId,
  wrong,
} from './bulk-asked';
import type { Services } from './services';

const TAG = 'Bulk';
const jobParams = z.strictObject({ inbox: objectId(), job: jobId });

/** An event without its id. */
const bulkEvent = named(
  'BulkEvent',
  z.union(
    EVENT_TYPES.map((type) => {
      const { id: _, ...fields } = eventSchemas[type]().shape as z.ZodRawShape;
      return z.strictObject(fields);
    }),
  ),
  {
    description: 'An event without an id: that is made of the job’s, so that each conversation gets it once',
  },
);
const shownBody = named('BulkQuestion', z.strictObject({ event: bulkEvent.optional(), ...parts }), {
  description: '`retry`, or `event` with one of `filter` and `conversations`',
});

const counted = named('BulkCount', z.strictObject({ count: z.int() }));
const shownJob = z.strictObject({
  job: jobId,
  inbox: objectId(),
  event: z.looseObject({ type: z.enum(EVENT_TYPES) }),
  filter: z.looseObject({}).nullable().describe('null: the conversations were named'),
  retry_of: jobId.nullable(),
  state: z.enum(BULK_STATES),
  count: z.int(),
  results: z
    .record(z.enum(BULK_RESULTS), z.int())
    .describe('`left`: not decided yet; of a job that was aborted, not sent'),
  created_at: timestamp(),
  ended_at: timestamp().nullable(),
});
const jobAnswer = named('BulkJob', shownJob);
const jobPage = named(
  'BulkResults',
  z.strictObject({
    ...shownJob.shape,
    items: z.array(
      z.strictObject({
        conversation: objectId(),
        verdict: verdict.nullable(),
        reason: z.string().nullable(),
        rule: z.string().nullable(),
      }),
    ),
    next_cursor: z.string().nullable(),
  }),
  { description: 'A job, and a page of its conversations with what was decided of each' },
);

const startHeaders = z.strictObject({
  'Idempotency-Key': z
    .string()
    .regex(/^[!-~](?:[ -~]{0,126}[!-~])?$/)
    .optional()
    .describe('The same key again is the same job; with another question: 422. Visible ASCII.'),
});

const itsJob = { inbox: sameInbox.inbox, job: '$response.body#/job' };

export function bulkOperations(services: Services): Operation[] {
  return [start(services), show(), abort()];
}

function start({ inboxes, temporal }: Services): Operation {
  return operation({
    name: 'start_bulk',
    tag: TAG,
    method: 'post',
    path: '/v1/inboxes/:inbox/bulk',
    summary: 'One event for all conversations that match a filter, as a durable job',
    description: `Which conversations it is for is settled when it is made, at most ${MOST_IN_BULK.toLocaleString('en')}. Each gets the event once, whatever is stopped or killed meanwhile. With dry_run: how many they are, and nothing is done.`,
    scope: 'events:write',
    params: inboxParams,
    query: noQuery,
    body,
    shownBody,
    limit: IDS_BYTES,
    examples: {
      filter: { event: { type: 'close', agent: 'ana' }, filter: { status: ['in_progress'], agent: 'ana' } },
      selection: { event: { type: 'tag_add', tags: ['refund'] }, conversations: ['c_1', 'c_2'] },
    },
    headers: startHeaders,
    answers: { 200: counted, 202: jobAnswer, 422: problem },
    links: { get_bulk: itsJob, abort_bulk: itsJob },
    async handle({ db, params: { inbox }, body: asked, headers }) {
      const event = eventOf(asked);
      const named = chosenOf(asked, event);
      await inboxes.require(db, inbox);
      const chosen = await resolved(db, inbox, named);
      const key = headers['idempotency-key'];
      const job = jobOf(db.account, inbox, key);
      const known = key === undefined || asked.dry_run ? null : await findBulk(db, inbox, job);
      if (!known) {
        requireTimely(event);
        const again = 'retry' in chosen ? await foundBulk(db, inbox, chosen.retry) : null;
        if (asked.dry_run) return { status: 200, body: { count: await countOf(db, inbox, chosen, again) } };
        const matching = await createBulk(db, {
          job,
          inbox,
          event: again?.event ?? withoutId(event),
          chosen,
        });
        if (matching > MOST_IN_BULK) throw tooMany(chosen);
      }
      const made = known ?? (await foundBulk(db, inbox, job));
      if (!(await isJobOf(db, made, { body: asked, event, chosen }))) throw new KeyReusedError();
      // it is kept durably; if Temporal is away, the sweep starts it later
      await temporal.startBulk({ job }).catch(ignoreOutage);
      return { status: 202, body: made, headers: { Location: `/v1/inboxes/${inbox}/bulk/${job}` } };
    },
  });
}

function show(): Operation {
  return operation({
    name: 'get_bulk',
    tag: TAG,
    method: 'get',
    path: '/v1/inboxes/:inbox/bulk/:job',
    summary: 'How far a bulk job is, and what was decided of each conversation',
    scope: 'conversations:read',
    params: jobParams,
    query: z.strictObject({
      result: z.enum(BULK_RESULTS).optional().describe('Only conversations with this result'),
      limit,
      cursor,
    }),
    answers: { 200: jobPage },
    links: {
      get_bulk: { inbox: sameInbox.inbox, job: '$request.path.job', cursor: '$response.body#/next_cursor' },
    },
    async handle({ db, params: { inbox, job }, query }) {
      const found = await foundBulk(db, inbox, job);
      const listing = `bulk/${job}/${query.result ?? ''}`;
      const after = query.cursor === undefined ? 0 : fromCursor(listing, query.cursor, z.tuple([z.int()]))[0];
      const items = await listBulkItems(db, job, query.result, after, query.limit + 1);
      const page = pageOf(listing, items, query.limit, ({ nth }) => [nth]);
      return {
        status: 200,
        body: { ...found, ...page, items: page.items.map(({ nth: _, ...item }) => item) },
      };
    },
  });
}

function abort(): Operation {
  return operation({
    name: 'abort_bulk',
    tag: TAG,
    method: 'delete',
    path: '/v1/inboxes/:inbox/bulk/:job',
    summary: 'Send no more of a bulk job; what was sent is still decided',
    scope: 'events:write',
    params: jobParams,
    query: noQuery,
    answers: { 200: jobAnswer },
    async handle({ db, params: { inbox, job } }) {
      await abortBulk(db, inbox, job);
      return { status: 200, body: await foundBulk(db, inbox, job) };
    },
  });
}

async function foundBulk(db: AccountDatabase, inbox: string, job: string): Promise<BulkJob> {
  const found = await findBulk(db, inbox, job);
  if (!found) throw new NotFoundError(`There is no bulk job ${job} in ${inbox}`);
  return found;
}

async function countOf(
  db: AccountDatabase,
  inbox: string,
  chosen: Chosen,
  again: BulkJob | null,
): Promise<number> {
  if ('filter' in chosen) return (await countConversations(db, inbox, chosen.filter)).total;
  return 'conversations' in chosen ? chosen.conversations.length : (again?.results.refused ?? 0);
}

/** The same for the same `Idempotency-Key`. */
function jobOf(account: string, inbox: string, key: unknown): string {
  if (key === undefined) return `bulk_${randomUUID()}`;
  const { 'Idempotency-Key': checked } = parse(startHeaders, { 'Idempotency-Key': key });
  const hash = createHash('sha256')
    .update(JSON.stringify([account, inbox, checked]))
    .digest('hex');
  return `bulk_${hash.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5')}`;
}

function tooMany(chosen: Chosen): InvalidRequestError {
  const most = MOST_IN_BULK.toLocaleString('en');
  return wrong('filter' in chosen ? 'filter' : 'conversations', `matches more than ${most} conversations`);
}

function ignoreOutage(error: unknown): void {
  if (!(error instanceof TemporalUnavailableError)) throw error;
}
