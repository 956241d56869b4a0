/** What is kept beside the conversations for lists and counts is always exactly what they are. */
import type { Pool, PoolClient } from 'pg';
import { addContacts } from '../../src/db/contacts';
import type { AccountDatabase } from '../../src/db/database';
import { createDatabase, type TestDatabase } from '../support/servers';

const INBOXES = ['i', 'j'];
const NAMES = Array.from({ length: 40 }, (_, i) => `c_${i}`);
const WRITERS = 6;
const TURNS = 60;

let database: TestDatabase;
let seed = 1;

beforeAll(async () => {
  database = await createDatabase();
  await database.pool.query(
    `INSERT INTO inboxes (account, inbox, settings) SELECT 'a', unnest($1::text[]), '{}'`,
    [INBOXES],
  );
});
afterAll(() => database.drop());

/** As random as the seed that is printed where it fails. */
function random(below: number): number {
  seed = (seed * 48271) % 2147483647;
  return seed % below;
}
const oneOf = <T>(values: readonly T[]) => values[random(values.length)] as T;

const KIND = 'account, inbox, status, archived, unread, snoozed, waiting, agent, team';
const TAG = `${KIND}, last_activity_at, conversation`;

/** Rows that are in one of both and not in the other. */
const DIFFERENCES = `
WITH kept AS (SELECT ${KIND}, sum(n) AS n FROM conversation_counts GROUP BY ${KIND} HAVING sum(n) <> 0),
  real AS (SELECT ${KIND}, count(*) AS n FROM conversations GROUP BY ${KIND}),
  tags AS (SELECT ${TAG}, tag FROM conversation_tags),
  real_tags AS (SELECT ${TAG}, t.name FROM conversations, jsonb_to_recordset(tags) AS t(name text))
SELECT 'count' AS what, to_jsonb(d)::text AS row FROM (
  (TABLE kept EXCEPT ALL TABLE real) UNION ALL (TABLE real EXCEPT ALL TABLE kept)) d
UNION ALL SELECT 'tag', to_jsonb(d)::text FROM (
  (TABLE tags EXCEPT ALL TABLE real_tags) UNION ALL (TABLE real_tags EXCEPT ALL TABLE tags)) d`;

const differences = async (pool: Pool) => (await pool.query<{ what: string; row: string }>(DIFFERENCES)).rows;

const WRITE = `
INSERT INTO conversations (account, inbox, conversation, status, archived, unread, assignee, tags, snoozed_until,
  waiting_since, last_activity_at, flow, closed_at, close)
SELECT 'a', $1, c.name, s, c.n % 3 = 0, c.n % 2 = 0,
  jsonb_build_object('agent', (ARRAY['ana', 'bo', NULL])[c.n % 3 + 1], 'team', (ARRAY['blue', NULL])[c.n % 2 + 1]),
  (SELECT coalesce(jsonb_agg(jsonb_build_object('name', 'tag' || t, 'locked', t = 1)), '[]') FROM generate_series(1, c.n % 4) t),
  CASE WHEN c.n % 5 = 0 THEN now() END, CASE WHEN c.n % 7 = 0 THEN now() END,
  CASE WHEN c.n % 4 = 0 THEN timestamptz '2026-01-01' ELSE clock_timestamp() END,
  CASE WHEN s = 'in_flow' THEN '{}'::jsonb END, CASE WHEN s = 'closed' THEN now() END,
  CASE WHEN s = 'closed' THEN '{}'::jsonb END
FROM (SELECT name, n, (ARRAY['new', 'in_progress', 'in_flow', 'closed', 'not_contacted'])[n % 5 + 1] AS s
      FROM unnest($2::text[], $3::int[]) AS c(name, n) ORDER BY name) c
ON CONFLICT (account, inbox, conversation) DO UPDATE SET
  (status, archived, unread, assignee, tags, snoozed_until, waiting_since, last_activity_at, flow, closed_at, close)
  = (SELECT excluded.status, excluded.archived, excluded.unread, excluded.assignee, excluded.tags, excluded.snoozed_until,
       excluded.waiting_since, excluded.last_activity_at, excluded.flow, excluded.closed_at, excluded.close)`;

/** In order of their names, so that writers never wait in a circle. */
function some(): string[] {
  return NAMES.filter(() => random(4) === 0);
}

function turn(client: PoolClient): Promise<unknown> {
  const inbox = oneOf(INBOXES);
  const names = some();
  switch (random(6)) {
    case 0:
      return client.query(
        `DELETE FROM conversations WHERE (account, inbox, conversation) IN (SELECT account, inbox, conversation
         FROM conversations WHERE inbox = $1 AND conversation = ANY ($2) ORDER BY 1, 2, 3 FOR UPDATE)`,
        [inbox, names],
      );
    case 1:
      return client.query(`SELECT fold_conversation_counts('a', $1)`, [inbox]);
    case 2: {
      const query: AccountDatabase['query'] = async ({ text, values = [] }) =>
        (await client.query(text, [...values])).rows as never;
      return addContacts({ account: 'a', query, transaction: (work) => work(query) }, inbox, names);
    }
    default:
      return client.query(WRITE, [inbox, names, names.map(() => random(1000))]);
  }
}

/** A writer whose transactions may be rolled back, or lose their connection in the middle. */
async function write(pool: Pool): Promise<void> {
  for (let i = 0; i < TURNS; i++) {
    const client = await pool.connect();
    let lost: Error | undefined;
    try {
      await client.query('BEGIN');
      await turn(client);
      const end = random(8);
      if (end === 0) await client.query('SELECT pg_terminate_backend(pg_backend_pid())');
      await client.query(end === 1 ? 'ROLLBACK' : 'COMMIT');
    } catch (error) {
      lost = error as Error;
      expect((lost as { code?: string }).code ?? 'ended').toMatch(/^(57P01|ended)$/);
    } finally {
      client.release(lost);
    }
  }
}

test('counters and tags are those of the rows at every moment, while others write, fail or fold', async () => {
  seed = (Date.now() % 1e6) + 1;
  const began = seed;
  const { pool } = database;
  pool.on('connect', (client) => client.on('error', () => {}));
  // folds of these few rows are tried, too
  const { rows } = await pool.query<{ body: string }>(
    `SELECT pg_get_functiondef('fold_conversation_counts'::regproc) AS body`,
  );
  await pool.query((rows[0]?.body ?? '').replace('greatest(1000,', 'greatest(3,'));
  let writing = true;
  const writers = Promise.all(Array.from({ length: WRITERS }, () => write(pool))).finally(
    () => (writing = false),
  );
  let looks = 0;
  for (; writing; looks++) expect({ began, found: await differences(pool) }).toEqual({ began, found: [] });
  await writers;
  expect(looks).toBeGreaterThan(10);
  expect({ began, found: await differences(pool) }).toEqual({ began, found: [] });

  for (const inbox of INBOXES) await pool.query(`SELECT fold_conversation_counts('a', $1)`, [inbox]);
  expect(await differences(pool)).toEqual([]);
  await pool.query('DELETE FROM conversations');
  expect(await differences(pool)).toEqual([]);
});

test('many changes fold themselves into few rows', async () => {
  const { pool } = database;
  await pool.query('TRUNCATE conversation_counts');
  await pool.query(
    `INSERT INTO conversations (account, inbox, conversation, status) VALUES ('a', 'i', 'busy', 'new')`,
  );
  await pool.query(`DO $$ BEGIN
    PERFORM setseed(0.5); -- when it folds is left to chance
    FOR i IN 1..1500 LOOP UPDATE conversations SET unread = NOT unread WHERE conversation = 'busy'; END LOOP;
  END $$`);
  const { rows } = await pool.query<{ n: number }>('SELECT count(*)::int AS n FROM conversation_counts');
  expect(rows[0]?.n).toBeLessThan(2_500); // of 3,001
  expect(await differences(pool)).toEqual([]);
});
