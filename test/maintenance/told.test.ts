/** What was told is kept for as long as the page for security reviewers says. */
import { removeTold } from '../../src/maintenance/retention';
import { createDatabase, type TestDatabase } from '../support/servers';

let database: TestDatabase;
beforeAll(async () => void (database = await createDatabase()));
afterAll(() => database.drop());

const left = async (statement: string) =>
  (await database.pool.query<{ name: string }>(statement)).rows.map((row) => row.name);

test('effects go after 7 days; deliveries 30 days after their end, those that wait never; sent surveys and bulk jobs after 30', async () => {
  const { pool } = database;
  await pool.query(
    `INSERT INTO outbox (account, inbox, conversation, seq, nth, type, payload, created_at)
     SELECT 'a', 'i', days || ' days', 1, 0, 't', '{}', now() - days * interval '1 day' FROM unnest(ARRAY[6, 8]) days`,
  );
  await pool.query(`INSERT INTO webhooks (webhook, account, url, secrets, heard_xid) VALUES ('wh', 'a', 'http://x/', '[]', pg_current_xact_id())`); // prettier-ignore
  await pool.query(
    `INSERT INTO deliveries (webhook, nth, account, type, body, state, due_at, created_at, ended_at)
     SELECT 'wh', n, 'a', name, '{}', state, now(), now(), now() - days * interval '1 day'
     FROM (VALUES (1, '29 days', 'parked', 29), (2, '31 days', 'delivered', 31), (3, 'waits', 'pending', NULL)) d (n, name, state, days)`,
  );
  await pool.query(
    `INSERT INTO whatsapp_surveys (account, inbox, survey, conversation, claimed_at)
     SELECT 'a', 'i', days || ' days', 'c', now() - days * interval '1 day' FROM unnest(ARRAY[29, 31]) days`,
  );
  await pool.query(
    `INSERT INTO bulk_jobs (job, account, inbox, event, state, count, ended_at)
     SELECT days || ' days', 'a', 'i', '{}', 'done', 1, now() - days * interval '1 day' FROM unnest(ARRAY[29, 31]) days`,
  );
  await pool.query(
    `INSERT INTO bulk_items (account, inbox, job, nth, conversation) SELECT 'a', 'i', job, n, 'c_' || n FROM bulk_jobs, generate_series(1, CASE job WHEN '31 days' THEN 12000 ELSE 1 END) n`,
  );
  await removeTold(pool, Date.now());
  expect(await left('SELECT conversation AS name FROM outbox')).toEqual(['6 days']);
  expect(await left('SELECT type AS name FROM deliveries ORDER BY nth')).toEqual(['29 days', 'waits']);
  for (const table of ['bulk_jobs', 'bulk_items'])
    expect(await left(`SELECT job AS name FROM ${table}`)).toEqual(['29 days']);
  expect(await left('SELECT survey AS name FROM whatsapp_surveys')).toEqual(['29 days']);
});
