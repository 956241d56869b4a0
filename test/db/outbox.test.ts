/** What becomes of what is told, by SQL alone: handed out to endpoints once and in order, and emptied. */
import type { Pool } from 'pg';
import { endpointsBehind, handOut } from '../../src/db/hand-out';
import { emptyAbandoned, emptyDeliveries, emptyOutbox, takeOverOutbox } from '../../src/db/outbox';
import { eventually } from '../workflows/support/eventually';
import { createDatabase, type TestDatabase } from '../support/servers';

let database: TestDatabase;
let pool: Pool;

beforeEach(async () => {
  database = await createDatabase();
  pool = database.pool;
});
afterEach(() => database.drop());

async function hook(name = 'wh'): Promise<void> {
  await pool.query(
    `INSERT INTO webhooks (webhook, account, url, secrets) VALUES ($1, 'a', 'http://x/', '[]')`,
    [name],
  );
}

let seq = 0;
const INSERT = `INSERT INTO outbox (account, inbox, conversation, seq, nth, type, payload, created_at)
  VALUES ('a', 'i', $1, $2, 0, 't', json_build_object('told', $2::int), now() - $3 * interval '1 day')`;

async function tell(conversation: string, daysAgo = 0, by: Pick<Pool, 'query'> = pool): Promise<number> {
  seq += 1;
  await by.query(INSERT, [conversation, seq, daysAgo]);
  return seq;
}

async function handOutAll(): Promise<void> {
  for (const endpoint of await endpointsBehind(pool)) while (await handOut(pool, endpoint, Date.now()));
}

/** Hands out all there is, as soon as no transaction of another test could still come before it. */
function caughtUp(): Promise<true> {
  return eventually('all is heard', async () => {
    await handOutAll();
    const { rows } = await pool.query(
      'SELECT FROM outbox o JOIN webhooks w USING (account) WHERE (o.xid, o.id) > (w.heard_xid, w.heard_id)',
    );
    return rows.length === 0;
  });
}

async function told(name = 'wh'): Promise<number[]> {
  const { rows } = await pool.query<{ told: number }>(
    `SELECT (body::json ->> 'told')::int AS told FROM deliveries WHERE webhook = $1 ORDER BY nth`,
    [name],
  );
  return rows.map((row) => row.told);
}

test('given commits out of order, then none is passed over, none is told twice, and each waits until no earlier can come', async () => {
  await hook();
  const slow = await pool.connect();
  try {
    await slow.query('BEGIN');
    const first = await tell('slow', 0, slow);
    const second = await tell('quick');
    await handOutAll();
    expect(await told()).toEqual([]);
    await slow.query('COMMIT');
    await caughtUp();
    await handOutAll();
    expect(await told()).toEqual([first, second]);
  } finally {
    slow.release();
  }
});

test('given a decision under way when an endpoint is made, then it hears of it; of one before it does not', async () => {
  const open = await pool.connect();
  try {
    await tell('before');
    await open.query('BEGIN');
    const during = await tell('during', 0, open);
    const before = await tell('before');
    await hook();
    await open.query('COMMIT');
    const after = await tell('after');
    await caughtUp();
    expect(await told()).toEqual([during, after]);
    expect(before).toBeLessThan(after);
  } finally {
    open.release();
  }
});

test('several that hand out at the same time make one delivery of each', async () => {
  await hook();
  const all: number[] = [];
  for (let i = 0; i < 1_200; i += 1) all.push(await tell(`c${i % 40}`));
  await Promise.all([caughtUp(), caughtUp(), caughtUp()]);
  expect(await told()).toEqual(all);
  const { rows } = await pool.query(`SELECT FROM deliveries WHERE due_at < 'infinity'`);
  expect(rows).toHaveLength(40);
});

test('what was told long ago goes, but for what an endpoint has not heard of; up to where is known', async () => {
  const week = new Date(Date.now() - 7 * 86_400_000);
  await tell('old', 9);
  expect(await emptyOutbox(pool, week)).toBe(1);
  await hook();
  await tell('old', 8);
  await tell('new', 1);
  expect(await emptyOutbox(pool, week)).toBe(0);
  await caughtUp();
  expect(await emptyOutbox(pool, week)).toBe(1);
  const left = await pool.query<{ id: string }>('SELECT id FROM outbox');
  expect(left.rows).toHaveLength(1);
  const { rows } = await pool.query<{ id: string }>('SELECT id FROM outbox_horizon');
  expect(Number(rows[0]!.id)).toBe(Number(left.rows[0]!.id) - 1);
});

test('deliveries that ended long ago go, those that wait stay, and those of a deleted endpoint go at once', async () => {
  for (const name of ['wh', 'deleted']) await hook(name);
  for (const c of ['a', 'b', 'c']) await tell(c);
  await caughtUp();
  await pool.query(
    `UPDATE deliveries SET state = 'delivered', ended_at = now() - nth * interval '1 day' WHERE nth < 3`,
  );
  await pool.query(`DELETE FROM webhooks WHERE webhook = 'deleted'`);
  expect(await emptyAbandoned(pool)).toBe(3);
  expect(await emptyDeliveries(pool, new Date(Date.now() - 1.5 * 86_400_000))).toBe(1);
  const { rows } = await pool.query<{ nth: string }>('SELECT nth FROM deliveries ORDER BY nth');
  expect(rows.map((row) => Number(row.nth))).toEqual([1, 3]);
});

test('given a dump restored into a younger cluster, then endpoints go on from where they had come', async () => {
  await hook();
  await tell('a');
  await caughtUp();
  const waiting = [await tell('a'), await tell('b')];
  for (const table of ['outbox', 'outbox_horizon'])
    await pool.query(`UPDATE ${table} SET xid = '9000000000'`);
  await pool.query(`UPDATE webhooks SET heard_xid = '9000000000', heard_id = (SELECT min(id) FROM outbox)`);
  expect(await takeOverOutbox(pool)).toBe(true);
  expect(await takeOverOutbox(pool)).toBe(false);
  await caughtUp();
  const last = await tell('b');
  await caughtUp();
  expect((await told()).slice(1)).toEqual([...waiting, last]);
});
