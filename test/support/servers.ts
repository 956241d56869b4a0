import { TestWorkflowEnvironment } from '@temporalio/testing';
import { randomUUID } from 'node:crypto';
import { Client, Pool } from 'pg';

export const template = 'template_of_tests';

export interface TestDatabase {
  readonly url: string;
  /** As the database's owner, with all rights. */
  readonly pool: Pool;
  drop(): Promise<void>;
}

/** A new, migrated, empty database, in about 50 ms. */
export function createDatabase(): Promise<TestDatabase> {
  return createFrom(template);
}

/** One that no migration has touched. */
export function createEmptyDatabase(): Promise<TestDatabase> {
  return createFrom('template0');
}

async function createFrom(from: string): Promise<TestDatabase> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await asAdmin(`CREATE DATABASE ${name} TEMPLATE ${from}`);
  const url = new URL(given('TEST_DATABASE_URL'));
  url.pathname = `/${name}`;
  const pool = new Pool({ connectionString: url.href, max: 5 });
  pool.on('error', () => {}); // drop() cuts what a test left open
  const drop = async () => {
    await pool.end();
    await asAdmin(`DROP DATABASE ${name} WITH (FORCE)`);
  };
  return { url: url.href, pool, drop };
}

/** host:port of the run's real Temporal server, namespace `default`. It is shared: use ids of your own. */
export function temporalAddress(): string {
  return given('TEST_TEMPORAL_ADDRESS');
}

/** A new Temporal server whose clock jumps to the next timer. Close it with `teardown()`. */
export function timeSkipping(): Promise<TestWorkflowEnvironment> {
  const executable = { type: 'existing-path' as const, path: given('TEST_TIME_SKIPPING_PROGRAM') };
  return TestWorkflowEnvironment.createTimeSkipping({ server: { executable } });
}

async function asAdmin(sql: string): Promise<void> {
  const admin = new Client({ connectionString: given('TEST_DATABASE_URL') });
  await admin.connect();
  try {
    await admin.query(sql);
  } finally {
    await admin.end();
  }
}

/** What the set-up put into the environment. */
function given(name: string): string {
  const value = process.env[name];
  if (value === undefined)
    throw new Error(`${name} is not set: run tests through jest, whose global set-up sets it`);
  return value;
}
