/** One event for many conversations. */
import type { Decision } from './decision';

export const BULK_STATES = ['running', 'aborting', 'done', 'aborted'] as const;

/** So many conversations at most: they are written down in one statement when the job is made. */
export const MOST_IN_BULK = 100_000;

/** The id of the job's event, the same however often it is sent. */
export const bulkEventId = (job: string) => `bulk.${job}`;

/** What became of a conversation; `left`: nothing yet, or, of a job that was aborted, nothing at all. */
export const BULK_RESULTS = ['applied', 'ignored', 'refused', 'left'] as const;
export type BulkResult = Decision['verdict'] | 'left';
