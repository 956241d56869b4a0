import path from 'node:path';
import { Client } from 'pg';
import { openDataFolder } from '../../src/embedded/data-folder';
import { startTemporal } from '../../src/embedded/temporal-server';
import { createLogger } from '../../src/runtime/log';
import { SEARCH_ATTRIBUTES } from '../../src/temporal/contract';
import { cleanUp, repository, run, start, temporaryFolder } from '../embedded/service';
import { createDatabase, type TestDatabase } from '../support/servers';

const alone = (name: string) => ['node', '--import', 'tsx', `src/${name}.ts`];
jest.setTimeout(120_000); // each is a process or several, on a machine that may be busy

const key = 'a-key-for-this-test';

describe('migrate, worker and api, run one by one against a given Temporal and PostgreSQL', () => {
  const folder = openDataFolder(temporaryFolder());
  let temporal: Awaited<ReturnType<typeof startTemporal>>;
  let database: TestDatabase;
  let env: Record<string, string>;

  beforeAll(async () => {
    temporal = await startTemporal({
      ...{ folder, logger: createLogger('silent'), cacheDir: path.join(repository, '.cache') },
      ...{ namespace: 'another', keywords: Object.values(SEARCH_ATTRIBUTES) },
    });
    database = await createDatabase();
    await database.pool.query('CREATE DATABASE alone TEMPLATE template0');
    const url = new URL(database.url);
    url.pathname = '/alone';
    env = {
      ...{ DATABASE_URL: url.href, TEMPORAL_ADDRESS: temporal.address, TEMPORAL_NAMESPACE: 'another' },
      BOOTSTRAP_API_KEY: key,
    };
  });

  afterAll(async () => {
    await cleanUp();
    await temporal.stop();
    folder.close();
    await database.pool.query('DROP DATABASE alone WITH (FORCE)');
    await database.drop();
  });

  it.each(['worker', 'api'])('%s wants a migrated database', async (name) => {
    const { code, stderr } = await run(alone(name), env);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(
        /^The database lacks 0001_conversations.*: run 'npm run migrate' first\n$/,
      ) as string,
    });
  });

  it('migrate does its work once, when several run at the same time', async () => {
    const both = await Promise.all([run(alone('migrate'), env), run(alone('migrate'), env)]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    const done = both.flatMap(({ stdout }) => stdout.match(/Migrated the database: 0001_\w+/g) ?? []);
    expect(done).toHaveLength(1);
  });

  it('api takes an event and worker decides it; both end within 10 s of a SIGTERM', async () => {
    const [worker, api] = await Promise.all([
      start(alone('worker'), env, 'The worker polls'),
      start(alone('api'), env, 'The API listens'),
    ]);
    const url = /http:[^"]+/.exec(api.output())?.[0];
    const ask = (method: string, at: string, body: object) =>
      fetch(`${url}/v1/inboxes/${at}`, {
        method,
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    expect((await ask('PUT', 'support', { settings: {} })).status).toBe(201);
    await ask('POST', 'support/conversations/c_1/events', { id: 'm1', type: 'message' });
    const decided = await ask('POST', 'support/conversations/c_1/events', {
      id: 'c1',
      type: 'close',
      agent: 'ana',
    });
    expect(await decided.json()).toMatchObject({ verdict: 'applied', conversation: { status: 'closed' } });

    for (const service of [api, worker]) {
      expect(await service.stop()).toBeLessThan(10_000);
    }
  });

  it('each says in one line what it cannot reach', async () => {
    const nowhere = {
      ...env,
      TEMPORAL_ADDRESS: '127.0.0.1:1',
      DATABASE_URL: 'postgres://u:secret@127.0.0.1:1/x',
    };
    const [migrate, worker] = await Promise.all([
      run(alone('migrate'), nowhere),
      run(alone('worker'), nowhere),
    ]);
    expect(migrate).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^PostgreSQL at 127\.0\.0\.1:1\/x cannot be reached .*\n$/) as string,
    });
    expect(worker).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^[^\n]+ cannot be reached [^\n]+\n$/) as string,
    });
    expect(migrate.stderr + worker.stderr).not.toContain('secret');
  });

  it('migrate leaves a database of a newer version alone', async () => {
    const client = new Client({ connectionString: env.DATABASE_URL });
    await client.connect();
    await client.query(`INSERT INTO migrations (name, run_on) VALUES ('9999_later', now())`);
    await client.end();
    const { code, stderr } = await run(alone('migrate'), env);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(
        /^The database is of a newer version .*9999_later.*: update this program/,
      ) as string,
    });
  });
});
