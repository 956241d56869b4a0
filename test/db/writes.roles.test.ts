/**
 * Least privilege: each process may do what it needs and nothing else. Every table, every action, each role.
 */
import type { Pool } from 'pg';
import { createDatabase, type TestDatabase } from '../support/servers';

const TABLES = [
  ...['inboxes', 'api_keys', 'conversations', 'timeline', 'episodes', 'surveys', 'outbox'],
  ...['conversation_tags', 'conversation_counts', 'outbox_horizon', 'webhooks', 'deliveries'],
  ...['accounts', 'audit', 'key_rates', 'conversation_aliases', 'inbox_secrets'],
  ...['whatsapp_channels', 'whatsapp_contacts', 'whatsapp_surveys', 'erasures'],
];
const DEEDS = ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER'];

/** Actions on whole tables. */
const MAY: Record<string, Record<string, string[]>> = {
  conversations_worker: {
    inboxes: ['SELECT', 'INSERT'],
    conversations: ['SELECT', 'INSERT', 'UPDATE'],
    timeline: ['SELECT', 'INSERT'],
    episodes: ['SELECT', 'INSERT', 'UPDATE'],
    surveys: ['SELECT', 'INSERT', 'UPDATE'],
    outbox: ['SELECT', 'INSERT', 'DELETE'],
    outbox_horizon: ['SELECT', 'UPDATE'],
    webhooks: ['SELECT', 'UPDATE'],
    deliveries: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
    whatsapp_channels: ['SELECT'],
    whatsapp_contacts: ['SELECT'],
    whatsapp_surveys: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
    erasures: ['SELECT', 'UPDATE'],
  },
  conversations_api: {
    inboxes: ['SELECT', 'INSERT', 'UPDATE'],
    api_keys: ['SELECT', 'INSERT', 'UPDATE'],
    conversations: ['SELECT'],
    timeline: ['SELECT'],
    episodes: ['SELECT'],
    surveys: ['SELECT'],
    conversation_tags: ['SELECT'],
    conversation_counts: ['SELECT'],
    outbox: ['SELECT'],
    outbox_horizon: ['SELECT'],
    webhooks: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
    deliveries: ['SELECT', 'INSERT', 'UPDATE'],
    accounts: ['SELECT', 'INSERT'],
    audit: ['SELECT'],
    key_rates: ['SELECT', 'INSERT', 'UPDATE'],
    conversation_aliases: ['SELECT', 'INSERT', 'UPDATE'],
    inbox_secrets: ['SELECT', 'INSERT'],
    whatsapp_channels: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
    whatsapp_contacts: ['SELECT', 'INSERT', 'UPDATE'],
    whatsapp_surveys: ['SELECT'],
    erasures: ['SELECT', 'INSERT'],
  },
};

let database: TestDatabase;
beforeAll(async () => void (database = await createDatabase()));
afterAll(() => database.drop());

describe.each(Object.keys(MAY))('%s', (role) => {
  it.each(TABLES)('may do with %s what it needs, and nothing else', async (table) => {
    const { rows } = await database.pool.query<{ deed: string }>(
      `SELECT deed FROM unnest($1::text[]) AS deed WHERE has_table_privilege($2, $3, deed)`,
      [DEEDS, role, table],
    );
    expect(rows.map((r) => r.deed)).toEqual(MAY[role]?.[table] ?? []);
  });

  it('can neither log in nor become anything more', async () => {
    const { rows } = await database.pool.query(
      `SELECT rolcanlogin, rolsuper, rolcreaterole, rolcreatedb, rolbypassrls FROM pg_roles WHERE rolname = $1`,
      [role],
    );
    expect(rows).toEqual([
      { rolcanlogin: false, rolsuper: false, rolcreaterole: false, rolcreatedb: false, rolbypassrls: false },
    ]);
  });

  it.each([
    'CREATE TABLE mine (n int)',
    'CREATE SCHEMA mine',
    'ALTER TABLE timeline DISABLE TRIGGER ALL',
    'DROP TABLE timeline',
    'DROP INDEX timeline_event',
    `COPY conversations TO PROGRAM 'true'`,
    'CREATE ROLE mine',
    `SELECT fold_conversation_counts('a', 'i')`,
  ])('may not: %s', async (sql) => {
    await expect(as(role, (query) => query(sql))).rejects.toThrow(
      /permission denied|must be (?:owner|superuser)/,
    );
  });
});

describe('conversations_worker', () => {
  it('marks an inbox as rolled out, and changes no settings', async () => {
    await as('conversations_worker', async (query) => {
      await query('UPDATE inboxes SET rolled_out_version = 2');
    });
    const change = as('conversations_worker', (query) => query(`UPDATE inboxes SET settings = '{}'`));
    await expect(change).rejects.toThrow('permission denied');
  });
});

describe('conversations_api', () => {
  it('imports conversations that nobody knows, to its own account', async () => {
    const row = { ...{ inbox: 'i', conversation: 'c', seq: 1, version: 1 }, status: 'closed' };
    await as('conversations_api', async (query) => {
      await query(`INSERT INTO inboxes (account, inbox, settings) VALUES ('a', 'i', '{}')`);
      const others = JSON.stringify([
        { ...row, account: 'b' },
        { ...row, account: 'a', seq: 2 },
      ]);
      const { rows } = (await query(
        `SELECT import_conversations('i', 1, '${others}', '[]', '[]', '[]')`,
      )) as {
        rows: unknown[];
      };
      expect(rows).toEqual([{ import_conversations: [] }]);
    });
    const erases = as('conversations_api', (query) => query(`SELECT erase_rows('e', 1)`));
    await expect(erases).rejects.toThrow('permission denied');
  });

  it('makes a contact known, and gives it no history', async () => {
    await as('conversations_api', async (query) => {
      await query(`INSERT INTO inboxes (account, inbox, settings) VALUES ('a', 'i', '{}')`);
      await query(
        `INSERT INTO conversations (account, inbox, conversation, status) VALUES ('a', 'i', 'c', 'not_contacted')`,
      );
    });
    const invented = as('conversations_api', (query) =>
      query(
        `INSERT INTO conversations (account, inbox, conversation, status, version)
         VALUES ('a', 'i', 'd', 'not_contacted', 7)`,
      ),
    );
    await expect(invented).rejects.toThrow('permission denied');
  });
});

/** Runs in a session with that role's rights and is rolled back. */
async function as(role: string, deeds: (query: (sql: string) => Promise<unknown>) => Promise<unknown>) {
  const client = await (database.pool satisfies Pool).connect();
  try {
    await client.query(`BEGIN; SET LOCAL ROLE ${role}; SET LOCAL app.account = 'a'`);
    await deeds((sql) => client.query(sql));
  } finally {
    await client.query('ROLLBACK');
    client.release();
  }
}
