import type { Database } from './database';

/** Of a key: how many seconds of its rate are used up and not yet paid off by time. */
export interface KeyRate {
  key_id: string;
  seconds: number;
}

/**
 * Adds what this process has let through, and learns what all of them have: both in one statement for all keys.
 * @param age seconds since the first of it was let through: time has paid off as much since
 * @throws PostgresUnavailableError
 */
export function addSpent(database: Database, spent: readonly KeyRate[], age: number): Promise<KeyRate[]> {
  return database.query<KeyRate>({
    name: 'add_spent',
    // always in the same order, so that two processes do not wait for each other
    text: `INSERT INTO key_rates AS r (key_id, spent_until)
           SELECT key_id, now() + (seconds - $3::float8) * interval '1 second'
           FROM unnest($1::uuid[], $2::float8[]) AS s(key_id, seconds) ORDER BY key_id
           ON CONFLICT (key_id) DO UPDATE
           SET spent_until = excluded.spent_until + greatest(r.spent_until - now() + $3 * interval '1 second', interval '0')
           RETURNING key_id, extract(epoch FROM spent_until - now())::float8 AS seconds`,
    values: [spent.map((s) => s.key_id), spent.map((s) => s.seconds), age],
  });
}
