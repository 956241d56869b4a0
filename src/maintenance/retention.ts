import type { Pool } from 'pg';
import { removeEndedBulks } from '../db/bulk-work';
import { removeSentSurveys } from '../db/whatsapp-surveys';
import { emptyAbandoned, emptyDeliveries, emptyOutbox } from '../db/outbox';

const DAY_MS = 24 * 3_600_000;
/** For this long a stream can resume. */
const STREAM_DAYS = 7;
/** So long a delivery that was delivered, or parked, can be looked at and repeated. One that waits is kept. */
const DELIVERY_DAYS = 30;
/** So long WhatsApp may say that a survey was not delivered. */
const SENT_SURVEY_DAYS = 30;
/** So long the results of a bulk job can be read. */
const BULK_DAYS = 30;

/** Deletes old effects and deliveries. @returns how many rows of each */
export async function removeTold(pool: Pool, now: number): Promise<{ outbox: number; deliveries: number }> {
  const outbox = await emptyOutbox(pool, new Date(now - STREAM_DAYS * DAY_MS));
  const ended = await emptyDeliveries(pool, new Date(now - DELIVERY_DAYS * DAY_MS));
  await removeSentSurveys(pool, new Date(now - SENT_SURVEY_DAYS * DAY_MS));
  await removeEndedBulks(pool, new Date(now - BULK_DAYS * DAY_MS));
  return { outbox, deliveries: ended + (await emptyAbandoned(pool)) };
}
