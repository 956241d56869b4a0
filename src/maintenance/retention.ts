import type { Pool } from 'pg';
import { emptyAbandoned, emptyDeliveries, emptyOutbox } from '../db/outbox';

const DAY_MS = 24 * 3_600_000;
/** So long a stream can go on where it was cut off. */
const STREAM_DAYS = 7;
/** So long a delivery that was delivered, or parked, can be looked at and repeated. One that waits is kept. */
const DELIVERY_DAYS = 30;

/** Deletes what was told to the outside long enough ago. @returns how many rows, by what they were */
export async function removeTold(pool: Pool, now: number): Promise<{ outbox: number; deliveries: number }> {
  const outbox = await emptyOutbox(pool, new Date(now - STREAM_DAYS * DAY_MS));
  const ended = await emptyDeliveries(pool, new Date(now - DELIVERY_DAYS * DAY_MS));
  return { outbox, deliveries: ended + (await emptyAbandoned(pool)) };
}
