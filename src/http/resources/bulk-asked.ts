/** What a bulk job is asked for: which event, and for which conversations. */
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { targetsOf } from '../../db/aliases';
import { listBulkItems, type BulkJob, type Chosen } from '../../db/bulk';
import type { AccountDatabase } from '../../db/database';
import { eventSchema } from '../../domain/any-event';
import { bulkEventId } from '../../domain/bulk';
import { eventSchemas, type Event } from '../../domain/events';
import { isSameEvent } from '../../domain/repeat';
import { named } from '../core/names';
import { parse } from '../core/parsing';
import { InvalidRequestError } from '../core/problems';
import { conversationIds, jsonObject } from '../core/shapes';
import { filters } from './filters';
import { timeErrors } from './sent-event';

export const jobId = z.string().regex(/^bulk_[0-9a-f-]{36}$/, 'is not the id of a bulk job');

const filter = named(
  'BulkFilter',
  z.strictObject({
    ...filters,
    archived: z
      .union([z.boolean(), z.literal('any')])
      .default(false)
      .transform((is) => (is === 'any' ? null : is)),
  }),
  { description: "The list's filters, with the list's defaults" },
);

export const parts = {
  filter: filter.optional().describe('For all that match when the job is made'),
  conversations: conversationIds.min(1).optional().describe('For these'),
  retry: jobId.optional().describe('For those that this job was refused; it has its event'),
  dry_run: z.boolean().default(false).describe('Only says how many they are'),
};
export const body = z.strictObject({ event: jsonObject.optional(), ...parts });

export type Body = z.output<typeof body>;
export const wrong = (path: string, message: string) => new InvalidRequestError([{ path, message }]);

/** @returns null for a retry. @throws InvalidRequestError */
export function eventOf({ event: given, retry }: Body): Event | null {
  if (retry !== undefined) {
    if (given !== undefined) throw wrong('event', 'is that of the job which is retried');
    return null;
  }
  if (given === undefined) throw wrong('event', 'is needed');
  if ('id' in given) throw wrong('event.id', 'is made of the job’s id');
  const { event } = parse(z.object({ event: eventSchema }), { event: { ...given, id: bulkEventId('any') } });
  return event;
}

export function chosenOf({ filter, conversations, retry }: Body, event: Event | null): Chosen {
  if (filter !== undefined && conversations !== undefined)
    throw wrong('conversations', 'cannot be together with filter');
  if (event === null) {
    if (filter ?? conversations)
      throw wrong(filter ? 'filter' : 'conversations', 'cannot be together with retry');
    return { retry: retry ?? '' };
  }
  if (conversations) return { conversations };
  if (!filter) throw wrong('filter', 'is needed, or conversations');
  return { filter, shown: { ...filter, archived: filter.archived ?? 'any' } };
}

export function withoutId(event: Event | null): object {
  const { id: _, ...fields } = { id: '', ...event };
  return fields;
}

/** Later the same event may be a repeat, whose times were valid. @throws InvalidRequestError */
export function requireTimely(event: Event | null): void {
  const untimely = event ? timeErrors(event, Date.now()) : [];
  if (untimely.length > 0)
    throw new InvalidRequestError(untimely.map(({ path, message }) => ({ path: `event.${path}`, message })));
}

/** Each conversation once, whichever of its names were given. */
export async function resolved(db: AccountDatabase, inbox: string, chosen: Chosen): Promise<Chosen> {
  if (!('conversations' in chosen)) return chosen;
  const names = [...new Set(chosen.conversations)];
  const targets = await targetsOf(db, inbox, names);
  return { conversations: [...new Set(names.map((name) => targets.get(name) ?? name))] };
}

/** Whether a job is for what is asked now. What its conversations are called may have changed since, and some may be erased. */
export async function isJobOf(
  db: AccountDatabase,
  job: BulkJob,
  asked: { body: Body; event: Event | null; chosen: Chosen },
): Promise<boolean> {
  const { body, event, chosen } = asked;
  if ('retry' in chosen) return job.retry_of === chosen.retry;
  if (job.retry_of !== null || event === null || event.type !== job.event.type) return false;
  if (!isSameEvent(eventSchemas[event.type](), withoutId(event), job.event)) return false;
  if ('filter' in chosen) return isDeepStrictEqual(job.filter, JSON.parse(JSON.stringify(chosen.shown)));
  const given = new Set(body.conversations);
  const either = new Set([...given, ...chosen.conversations]);
  if (job.filter !== null || job.count < chosen.conversations.length || job.count > given.size) return false;
  const items = await listBulkItems(db, job.job, undefined, 0, job.count);
  return items.every(({ conversation }) => either.has(conversation));
}
