/** However a report is grouped, PostgreSQL gathers its rows in parallel, without a sort of them. */
import { FOR_MANY_ROWS } from '../../src/db/reports';
import { DATES, episodes, GROUPINGS, waits } from '../../src/db/report-statements';
import { createPool } from '../../src/db/pool';
import { createLogger } from '../../src/runtime/log';
import { createDatabase, type TestDatabase } from '../support/servers';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
  await database.pool.query(SEED);
  for (const table of ['report_episodes', 'report_waits'])
    await database.pool.query(`VACUUM (ANALYZE) ${table}`);
}, 30_000);
afterAll(() => database.drop());

/** More than the 8 MB below which PostgreSQL reads alone. */
const SEED = `
WITH made AS (
  SELECT 'c' || n AS conversation, timestamptz '2026-01-01' + n * interval '5 minutes' AS at, 'agent-' || n % 20 AS agent,
    n * 1000 AS took FROM generate_series(1, 100000) n
), kept AS (
  INSERT INTO report_episodes (account, inbox, conversation, episode, opened_at, opened_by, answered_at, closed_at, closed_by,
    agent, first_reply, full_resolution, status, since)
  SELECT 'a', 'i', conversation, 1, at, 'message', at, at, 'agent', agent, took, took, 'closed', at FROM made
)
INSERT INTO report_waits (account, inbox, conversation, seq, episode, ended_at, ended_by, first, agent, took)
SELECT 'a', 'i', conversation, 1, 1, at, 'reply', false, agent, took FROM made`;

const ASKED = {
  ...{ from: '2025-12-01T00:00:00Z', to: '2028-01-01T00:00:00Z', agent_is: 'assigned' as const },
  ...{ time_zone: 'America/Sao_Paulo', answered_within_hours: 24 },
};

it.each(GROUPINGS.flatMap((by) => DATES.map((dated_by) => [by, dated_by] as const)))(
  'a report by %s, dated by %s',
  async (by, dated_by) => {
    const pool = createPool({
      ...{ databaseUrl: database.url, role: 'conversations_api', max: 1, logger: createLogger('silent') },
    });
    await pool.query('BEGIN');
    await pool.query(`SELECT set_config('app.account', 'a', true)`);
    await pool.query(FOR_MANY_ROWS);
    for (const text of [episodes({ ...ASKED, by, dated_by }), waits({ ...ASKED, by, dated_by })]) {
      const { rows } = await pool.query<Record<'QUERY PLAN', string>>(`EXPLAIN (COSTS OFF) ${text}`, [
        ...['a', 'i', ASKED.from, ASKED.to, ASKED.time_zone],
      ]);
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
      expect(plan).toContain('Partial HashAggregate');
      expect(plan).toContain('Workers Planned');
    }
    await pool.end();
  },
);
