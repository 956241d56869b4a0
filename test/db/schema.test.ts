import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { COLUMNS, EPISODE, SURVEY } from '../../src/db/columns';
import { createDatabase, type TestDatabase } from '../support/servers';
import { schemaOf } from './schema';

const file = path.join(__dirname, 'schema.sql');
const key = ['account', 'inbox', 'conversation'];

let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

test('the migrations make the schema that test/db/schema.sql shows; `npm run record:schema` writes it anew', async () => {
  const made = await schemaOf(database.pool);
  if (process.env.RECORD_SCHEMA !== undefined) writeFileSync(file, made);
  expect(made).toBe(readFileSync(file, 'utf8'));
});

test.each([
  ['conversations', ['account', ...COLUMNS]],
  ['episodes', [...key, ...EPISODE]],
  ['surveys', [...key, 'episode', ...SURVEY]],
])('every column of %s that is not computed is written', async (table, written) => {
  const { rows } = await database.pool.query<{ column_name: string }>(
    `SELECT column_name FROM information_schema.columns
     WHERE table_schema = current_schema() AND table_name = $1 AND is_generated = 'NEVER'`,
    [table],
  );
  expect([...written].sort()).toEqual(rows.map((row) => row.column_name).sort());
});
