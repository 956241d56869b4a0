/** The database itself keeps accounts apart: a statement that forgets to say whose rows it wants gets its own account's alone. */
import type { Pool } from 'pg';
import { Database } from '../../src/db/database';
import { DecisionLookup } from '../../src/db/decision-lookup';
import { Listener } from '../../src/db/listener';
import { createPool } from '../../src/db/pool';
import { createLogger } from '../../src/runtime/log';
import { createDatabase, type TestDatabase } from '../support/servers';
import { eventually } from '../workflows/support/eventually';

const TABLES = [
  ...['inboxes', 'conversations', 'conversation_tags', 'conversation_counts'],
  ...['timeline', 'episodes', 'surveys', 'accounts', 'audit'],
];
const ACCOUNTS = ['a', 'b'];

let owner: TestDatabase;
let pool: Pool;
let listener: Listener;
let database: Database;

beforeAll(async () => {
  owner = await createDatabase();
  await owner.pool.query(
    `INSERT INTO inboxes (account, inbox, settings) SELECT unnest($1::text[]), 'i', '{}'`,
    [ACCOUNTS],
  );
  await owner.pool.query(`INSERT INTO conversations (account, inbox, conversation, status, seq, tags)
    SELECT account, 'i', 'c', 'new', 1, '[{"name": "vip", "locked": false}]' FROM inboxes`);
  await owner.pool
    .query(`INSERT INTO timeline (account, inbox, conversation, seq, at, version, settings_version, event,
      type, verdict, "from", "to", data, changes)
    SELECT account, 'i', 'c', 1, now(), 1, 1, 'e', 'message', 'applied', 'new', 'new', jsonb_build_object('of', account), '{}'
    FROM inboxes`);
  await owner.pool
    .query(`INSERT INTO episodes (account, inbox, conversation, episode, started_at, assignee, agents, tags)
    SELECT account, 'i', 'c', 1, now(), '{}', '[]', '[]' FROM inboxes`);
  await owner.pool
    .query(`INSERT INTO surveys (account, inbox, conversation, survey, episode, state, asked_at, late)
    SELECT account, 'i', 'c', 's', 1, 'pending', now(), false FROM inboxes`);
  await owner.pool.query('INSERT INTO accounts SELECT account FROM inboxes');
  await owner.pool.query(`DELETE FROM audit WHERE action <> 'inbox.created'`);
  const logger = createLogger('silent');
  pool = createPool({ databaseUrl: owner.url, role: 'conversations_api', max: 2, logger });
  listener = new Listener(pool, logger);
  database = new Database(pool, listener);
  listener.start();
  await eventually('it is connected', () => Promise.resolve(listener.connected));
});
afterAll(async () => {
  await listener.stop();
  await pool.end();
  await owner.drop();
});

const everything = (table: string) => ({ text: `SELECT account FROM ${table}` });

describe.each(TABLES)('%s', (table) => {
  it.each(ACCOUNTS)('shows account %s its own rows, though nothing asks for them alone', async (account) => {
    expect(await database.of(account).query(everything(table))).toEqual([{ account }]);
  });

  it('shows nothing to an account that has nothing, nor without an account', async () => {
    expect(await database.of('c').query(everything(table))).toEqual([]);
    expect(await database.query(everything(table))).toEqual([]);
    const fresh = await pool.connect();
    await fresh.query('DISCARD ALL');
    expect((await fresh.query(everything(table))).rows).toEqual([]);
    fresh.release(true);
  });
});

it('changes nothing of another account, and makes nothing for it', async () => {
  const mine = database.of('a');
  const changed = await mine.query({ text: 'UPDATE inboxes SET updated_at = now() RETURNING account' });
  expect(changed).toEqual([{ account: 'a' }]);
  const stolen = mine.query({
    text: `INSERT INTO inboxes (account, inbox, settings) VALUES ('b', 'new', '{}')`,
  });
  await expect(stolen).rejects.toThrow('row-level security');
});

it('keeps accounts apart that share two connections, in transactions that fail, too', async () => {
  const ask = async (account: string, nth: number) => {
    const db = database.of(account);
    if (nth % 3 > 0) return db.query(everything('conversations'));
    return db
      .transaction(async (query) => {
        const rows = await query(everything('conversations'));
        if (nth % 2 > 0) throw Object.assign(new Error('on purpose'), { rows });
        return rows;
      })
      .catch((error: { rows: unknown }) => error.rows);
  };
  const asked = Array.from({ length: 200 }, (_, nth) => ['a', 'b', 'c'][(nth * 7) % 3] as string);
  const seen = await Promise.all(asked.map(ask));
  expect(seen).toEqual(asked.map((account) => (account === 'c' ? [] : [{ account }])));
});

it('finds each account’s decision where both ask at once', async () => {
  const decisions = new DecisionLookup(listener, database);
  const name = { inbox: 'i', conversation: 'c', event: 'e' };
  const asked = ['a', 'b', 'c', 'b', 'a'];
  const found = await Promise.all(asked.map((account) => decisions.find({ ...name, account })));
  expect(found.map((one) => one?.data)).toEqual([
    { of: 'a' },
    { of: 'b' },
    undefined,
    { of: 'b' },
    { of: 'a' },
  ]);
});

it('shows an account its own keys alone, and all only where no account is known yet: to find whose a key is', async () => {
  await owner.pool.query(`INSERT INTO api_keys (account, name, key_hash, scopes)
    SELECT account, 'k', sha256(account::bytea), '{}' FROM inboxes`);
  for (const account of ACCOUNTS)
    expect(await database.of(account).query(everything('api_keys'))).toEqual([{ account }]);
  expect(await database.query(everything('api_keys'))).toHaveLength(2);
  const stolen = database.of('a').query({
    text: `INSERT INTO api_keys (account, name, key_hash, scopes) VALUES ('b', 'k', '\\x00', '{}')`,
  });
  await expect(stolen).rejects.toThrow('row-level security');
});

it('holds for every table with accounts that the API may read', async () => {
  const { rows } = await owner.pool.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'account'
     WHERE c.relkind IN ('r', 'p') AND c.relnamespace = current_schema()::regnamespace
       AND has_table_privilege('conversations_api', c.oid, 'SELECT')
       AND NOT (c.relrowsecurity AND c.relforcerowsecurity)`,
  );
  expect(rows).toEqual([]);
});
