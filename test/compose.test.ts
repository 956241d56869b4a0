/** docker-compose.yml, the Dockerfile and what they run, as far as it can be tried without Docker. */
import { Connection } from '@temporalio/client';
import Ajv from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { Client, escapeIdentifier, escapeLiteral } from 'pg';
import { parse } from 'yaml';
import { readApiConfig, readMigrateConfig, readWorkerConfig } from '../src/runtime/config';
import { createPool } from '../src/db/pool';
import { temporalProgram } from '../src/embedded/temporal-program';
import { createLogger } from '../src/runtime/log';
import { SEARCH_ATTRIBUTES, TASK_QUEUE } from '../src/temporal/contract';
import { scripts, version } from '../package.json';
import { reportWorker } from '../src/db/workers';
import { createDatabase, temporalAddress } from './support/servers';

const run = promisify(execFile);
const root = path.join(__dirname, '..');
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
const logger = createLogger('silent');

interface Service {
  image: string;
  build?: string;
  user: string;
  command?: string[];
  entrypoint?: string[];
  environment?: Record<string, string | number>;
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test: string[] };
  ports?: string[];
  volumes?: string[];
  networks: string[];
  restart: string;
  read_only: boolean;
  cap_drop: string[];
  security_opt: string[];
}
interface Scraping {
  scrape_configs: { dns_sd_configs: { names: string[]; port: number }[] }[];
}
interface Compose {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
  networks: Record<string, { internal?: boolean } | null>;
}

const text = read('docker-compose.yml');
const compose = parse(text, { merge: true }) as Compose;
const services = Object.entries(compose.services);
const awaited = services.flatMap(([, { depends_on = {} }]) => Object.entries(depends_on));
const runsOnce = (name: string) =>
  awaited.some(([on, { condition }]) => on === name && condition === 'service_completed_successfully');

describe('docker-compose.yml', () => {
  it('is what the Compose Specification allows', () => {
    const ajv = new Ajv({ strict: false, allErrors: true });
    addFormats(ajv);
    for (const format of ['ports', 'expose', 'subnet_ip_address']) ajv.addFormat(format, true);
    ajv.addFormat('duration', /^(\d+(ms|s|m|h))+$/); // Go's, not RFC 3339's
    const valid = ajv.compile(JSON.parse(read('test/fixtures/compose-spec.json')) as object);
    valid(compose);
    expect(valid.errors).toBeNull();
  });

  it('has nothing that an engine of 2020 does not know', () => {
    expect(compose).not.toHaveProperty('name');
    expect(text).not.toMatch(/start_interval:/);
  });

  it('gives metrics to Prometheus alone: their port is published nowhere', () => {
    const scraped = parse(read('deploy/prometheus/prometheus.yml')) as Scraping;
    const [found] = scraped.scrape_configs.flatMap((config) => config.dns_sd_configs);
    expect(found).toMatchObject({ names: ['api', 'worker'], port: 9464 });
    for (const name of found?.names ?? []) {
      const { environment, networks, ports = [] } = compose.services[name] as Service;
      expect(environment).toMatchObject({ METRICS_HOST: '0.0.0.0', METRICS_PORT: found?.port });
      expect(networks.filter((network) => compose.services.prometheus?.networks.includes(network))).toContain(
        'metrics',
      );
      expect(ports.filter((port) => port.endsWith(':9464'))).toEqual([]);
    }
  });

  it('pins every image, and has none that its makers gave up', () => {
    for (const [, { image }] of services) expect(image).toMatch(/^[a-z/-]+:v?\d+\.\d+(\.\d+)?$/);
    expect(text).not.toMatch(/auto-setup/);
    expect(compose.services.api?.image).toBe(`conversation-status:${version}`);
  });

  it.each(services)('%s has a health check, or runs once and is waited for', (name, service) => {
    expect(service.healthcheck === undefined).toBe(runsOnce(name));
    expect(service.restart).toBe(runsOnce(name) ? 'on-failure:5' : 'unless-stopped');
  });

  it.each(services)('%s waits for what it needs', (_, { depends_on = {} }) => {
    for (const [on, { condition }] of Object.entries(depends_on)) {
      expect(compose.services[on]).toBeDefined();
      expect(condition).toBe(runsOnce(on) ? 'service_completed_successfully' : 'service_healthy');
    }
  });

  it.each(services)('%s is given no more rights than it needs', (_, service) => {
    expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'] });
    expect(service.security_opt).toContain('no-new-privileges:true');
    expect(service.user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  it.each(services)('%s is in a network with a way out only where it is published', (name, service) => {
    const open = service.networks.filter((network) => !compose.networks[network]?.internal);
    expect(open).toEqual(service.ports || name === 'worker' ? ['outside'] : []); // the worker posts webhooks
  });

  it.each(services)('%s mounts what is there', (_, { volumes = [] }) => {
    for (const volume of volumes) {
      const [from = '', , mode] = volume.split(':');
      if (!from.startsWith('./')) expect(compose.volumes).toHaveProperty(from);
      else expect([existsSync(path.join(root, from)), mode]).toEqual([true, 'ro']);
    }
  });

  it('holds no secret, and says how to get those it asks for', async () => {
    const secrets = services.flatMap(([, { environment = {} }]) =>
      Object.entries(environment).filter(([name]) => /PASSWORD|PWD|KEY|DATABASE_URL/.test(name)),
    );
    for (const [, value] of secrets) expect(value).toMatch(/\$\{[A-Z_]+:\?run deploy\/new-secrets\.sh\}/);
    const made = Object.keys(await newSecrets());
    const asked = [...text.matchAll(/\$\{([A-Z_]+):\?/g)].map((match) => match[1]);
    expect(new Set(made)).toEqual(new Set(asked));
  });

  it.each([
    ['migrate', readMigrateConfig],
    ['worker', readWorkerConfig],
    ['api', readApiConfig],
  ])('gives %s its settings, and no variable that it does not know', async (name, readConfig) => {
    const env = environmentOf(name, await newSecrets());
    const config = JSON.stringify(readConfig(env));
    for (const variable of Object.keys(env)) {
      const without = () => JSON.stringify(readConfig({ ...env, [variable]: undefined }));
      expect(outcome(without)).not.toBe(config);
    }
  });

  it.each(['migrate', 'worker', 'api'] as const)('%s runs what its npm script runs', (name) => {
    expect(`exec ${compose.services[name]?.command?.join(' ')}`).toBe(scripts[name]);
  });

  it('the image runs the API where nothing else is said', () => {
    const [, command = ''] = /^CMD (.*)$/m.exec(read('Dockerfile')) ?? [];
    expect(JSON.parse(command)).toEqual(compose.services.api?.command);
  });
});

describe('Dockerfile', () => {
  const lines = read('Dockerfile').split('\n');
  const of = (instruction: string) =>
    lines
      .filter((line) => line.startsWith(`${instruction} `))
      .map((line) => line.slice(instruction.length + 1));

  it('copies what is there, and what .dockerignore lets through', () => {
    const let_through = read('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'));
    const copied = of('COPY')
      .filter((line) => !line.startsWith('--from'))
      .flatMap((line) => line.split(' ').slice(0, -1));
    for (const file of copied) {
      expect([file, existsSync(path.join(root, file))]).toEqual([file, true]);
      const through = let_through.some((line) => `${file}/`.startsWith(`${line.slice(1)}/`));
      expect([file, through]).toEqual([file, true]);
    }
  });

  it('is of one Node that package.json allows, runs as nobody special, and starts the API', () => {
    expect(of('FROM').map((from) => from.split(' ')[0])).toEqual(Array(2).fill('node:22-bookworm-slim'));
    expect(of('USER')).toEqual(['node']);
    expect(JSON.parse(of('CMD')[0] ?? '')).toEqual(compose.services.api?.command);
  });
});

describe('what the containers run', () => {
  it('has a Temporal server that collects seldom, and whose cache of workflows leaves room in its memory', () => {
    expect(compose.services.temporal?.environment).toMatchObject({ GOGC: 2000, GOMEMLIMIT: '1GiB' });
    const limits = parse(read('deploy/temporal/dynamic-config.yaml')) as Record<string, { value: number }[]>;
    expect(limits['history.hostLevelCacheMaxSize']).toEqual([{ value: 10_000 }]);
  });

  it('schema.sh makes the databases that the server looks for by default', () => {
    const prepared = [...read('deploy/temporal/schema.sh').matchAll(/^prepare (\w+) (\S+)$/gm)];
    expect(prepared.map(([, database, schema]) => [database, schema])).toEqual([
      ['temporal', 'postgresql/v12/temporal'],
      ['temporal_visibility', 'postgresql/v12/visibility'],
    ]);
  });

  it('namespace.sh makes a namespace with our search attributes that keeps a run for seven days, however often it runs', async () => {
    const namespace = `compose-${Date.now()}`;
    const temporal = await temporalProgram(path.join(root, '.cache'), logger);
    const env = {
      PATH: `${path.dirname(temporal)}:${process.env.PATH}`,
      TEMPORAL_ADDRESS: temporalAddress(),
      TEMPORAL_NAMESPACE: namespace,
    };
    for (let i = 0; i < 2; i++) await run('sh', ['deploy/temporal/namespace.sh'], { cwd: root, env });
    const connection = await Connection.connect({ address: temporalAddress() });
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    const { config } = await connection.workflowService.describeNamespace({ namespace });
    await connection.close();
    expect(Number(config?.workflowExecutionRetentionTtl?.seconds)).toBe(7 * 86_400);
    const keyword = 2;
    for (const name of Object.values(SEARCH_ATTRIBUTES)) expect(customAttributes[name]).toBe(keyword);
  });

  it('logins.sql gives each process a login with the rights of its role, and no others', async () => {
    await inDatabaseOfItsOwn(async (url) => {
      const password = 'a8f0c2';
      await asOwner(url, replaced(read('deploy/postgres/logins.sql'), password));
      await run(process.execPath, ['--import', 'tsx', 'src/migrate.ts'], {
        cwd: root,
        env: { DATABASE_URL: url },
      });
      const as = (login: string, role: 'conversations_api' | 'conversations_worker') => {
        const its = new URL(url);
        [its.username, its.password] = [login, password];
        return createPool({ databaseUrl: its.href, role, max: 1, logger });
      };
      const api = as('api_login', 'conversations_api');
      const worker = as('worker_login', 'conversations_worker');
      const posing = as('api_login', 'conversations_worker');
      for (const pool of [api, worker]) {
        await expect(pool.query('SELECT FROM migrations')).resolves.toBeDefined();
      }
      await expect(api.query('SELECT FROM inboxes')).resolves.toBeDefined();
      await expect(api.query('DELETE FROM timeline')).rejects.toThrow('permission denied');
      await expect(worker.query('SELECT FROM outbox')).resolves.toBeDefined();
      await expect(worker.query('SELECT FROM api_keys')).rejects.toThrow('permission denied');
      await expect(posing.query('SELECT')).rejects.toThrow('permission denied to set role');
      await Promise.all([api, worker, posing].map((pool) => pool.end()));
    });
  });

  it('worker-health.mjs tells whether Temporal and PostgreSQL hear from the worker of this host', async () => {
    expect(compose.services.worker?.healthcheck?.test.slice(1)).toEqual([
      'node',
      'deploy/worker-health.mjs',
      TASK_QUEUE,
    ]);
    const taskQueue = `health-${Date.now()}`;
    const database = await createDatabase();
    const connection = await Connection.connect({ address: temporalAddress() });
    const check = () =>
      run(process.execPath, [require.resolve('../deploy/worker-health.mjs'), taskQueue], {
        env: { TEMPORAL_ADDRESS: temporalAddress(), DATABASE_URL: database.url },
      });
    await expect(check()).rejects.toMatchObject({ code: 1 });
    const polling = new AbortController();
    const poll = (identity: string) =>
      connection.withAbortSignal(polling.signal, () =>
        connection.withDeadline(Date.now() + 60_000, () =>
          connection.workflowService.pollWorkflowTaskQueue({
            namespace: 'default',
            taskQueue: { name: taskQueue },
            identity,
          }),
        ),
      );
    const polls = [poll('1@elsewhere').catch(() => {})];
    await expect(check()).rejects.toMatchObject({ code: 1 });
    for (let i = 0; i < 8; i++) polls.push(poll(`1@${hostname()}`).catch(() => {}));
    const report = (worker: string, oldest_unwritten_ms: number) =>
      reportWorker(database.pool, worker, { oldest_unwritten_ms, timer_lag_ms: null, dropped: 0 });
    await report('1@elsewhere', 0);
    await expect(check()).rejects.toMatchObject({ code: 1 });
    await report(`1@${hostname()}`, 60_000);
    await expect(check()).rejects.toMatchObject({ code: 1 });
    await report(`1@${hostname()}`, 0);
    await expect(check()).resolves.toBeDefined();
    polling.abort();
    await Promise.all(polls);
    await connection.close();
    await database.drop();
  });
});

async function newSecrets(): Promise<Record<string, string>> {
  const { stdout } = await run('sh', ['deploy/new-secrets.sh'], { cwd: root });
  const lines = stdout.trim().split('\n');
  return Object.fromEntries(lines.map((line) => line.split('=') as [string, string]));
}

/** A process's environment as Compose would make it. */
function environmentOf(service: string, given: Record<string, string>): Record<string, string> {
  const filled = (value: string) =>
    value.replace(/\$\{([A-Z_]+):([?-])([^}]*)\}/g, (_, name: string, kind: string, rest: string) => {
      const known = given[name] ?? (kind === '-' ? rest : undefined);
      if (known === undefined) throw new Error(`${name} is asked for, and not given`);
      return known;
    });
  const entries = Object.entries(compose.services[service]?.environment ?? {});
  return Object.fromEntries(entries.map(([name, value]) => [name, filled(String(value))]));
}

function outcome(work: () => string): string {
  try {
    return work();
  } catch (error) {
    return String(error);
  }
}

/** Does what psql does with `\getenv` and `:'name'`. The roles exist already, from other tests' databases. */
function replaced(sql: string, value: string): string {
  return sql
    .replace(/^(\\getenv .*|CREATE ROLE \w+ NOLOGIN;)$/gm, '')
    .replace(/:'\w+'/g, escapeLiteral(value));
}

/**
 * Logins and roles belong to the whole server, so they are removed again, except the roles that all tests
 * share.
 */
async function inDatabaseOfItsOwn(work: (url: string) => Promise<void>): Promise<void> {
  const server = process.env.TEST_DATABASE_URL ?? '';
  const name = `compose_${Date.now()}`;
  const url = new URL(server);
  url.pathname = `/${name}`;
  await asOwner(server, `CREATE DATABASE ${escapeIdentifier(name)}`);
  try {
    await work(url.href);
  } finally {
    await asOwner(server, `DROP DATABASE ${escapeIdentifier(name)} WITH (FORCE)`);
    await asOwner(server, 'DROP ROLE IF EXISTS api_login, worker_login');
  }
}

async function asOwner(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
