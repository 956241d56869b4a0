/** All parts of the service, as processes that can be killed one by one. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { Pool } from 'pg';
import type { Client as TemporalClient } from '@temporalio/client';
import { Client } from './client';
import { migrate } from '../../../src/db/migrate';
import { openDataFolder, type DataFolder } from '../../../src/embedded/data-folder';
import { freePort } from '../../../src/embedded/ports';
import { startPostgres, type EmbeddedPostgres } from '../../../src/embedded/postgres-server';
import { startTemporal, type EmbeddedTemporal } from '../../../src/embedded/temporal-server';
import { createLogger } from '../../../src/runtime/log';
import { settingsSchema, type Settings } from '../../../src/domain/settings';
import { lazyClient } from '../../../src/temporal/connection';
import { SEARCH_ATTRIBUTES } from '../../../src/temporal/contract';
import { Part } from './part';
import { Proxy } from './tcp-proxy';
import { portOf, Server } from './server';
import { mountSmall, unmount } from './small-disk';

export const repository = path.join(__dirname, '..', '..', '..');
export const account = 'default';
const apiKey = 'cs_faults_bootstrap_key';

export interface WorldOptions {
  /** the tree whose API and worker run; by default this one */
  tree?: string;
  /** Temporal's settings, over those of the embedded start */
  dynamicConfig?: Record<string, string | number>;
  /** the size of a disk of its own for all its files */
  diskMb?: number;
}

export interface Wires {
  /** the port of PostgreSQL, or of a proxy to it */
  postgres?: number;
  temporal?: number;
}

const logger = createLogger('error');

export class World {
  readonly postgres: Server<EmbeddedPostgres>;
  readonly temporal: Server<EmbeddedTemporal>;
  private readonly proxies: Proxy[] = [];
  private readonly parts: Part[] = [];
  private kept: { pool: Pool; temporal: TemporalClient } | null = null;
  private apiPort = 0;
  private unmount = false;

  private constructor(
    readonly folder: DataFolder,
    readonly tree: string,
    options: WorldOptions,
  ) {
    this.postgres = new Server(
      'postgres',
      folder,
      (preferredPort) => startPostgres({ folder, logger, preferredPort }),
      ({ url }) => url,
    );
    this.temporal = new Server(
      'temporal',
      folder,
      (grpc) =>
        startTemporal({
          ...{ folder, logger, namespace: 'default', cacheDir: path.join(repository, '.cache') },
          keywords: Object.values(SEARCH_ATTRIBUTES),
          ...(grpc !== undefined && { preferredPorts: { grpc, ui: 0 } }),
          dynamicConfig: options.dynamicConfig,
        }),
      ({ address }) => address,
    );
  }

  /** Starts a new, migrated PostgreSQL and a new Temporal. */
  static async open(options: WorldOptions = {}): Promise<World> {
    const dir = mkdtempSync(path.join(tmpdir(), 'conversation-status-faults-'));
    if (options.diskMb !== undefined) mountSmall(dir, options.diskMb);
    const world = new World(openDataFolder(dir), options.tree ?? repository, options);
    world.unmount = options.diskMb !== undefined;
    mkdirSync(world.folder.at('logs'), { recursive: true });
    try {
      await Promise.all([world.postgres.start(), world.temporal.start()]);
      await world.migrate();
      world.apiPort = await freePort();
      return world;
    } catch (error) {
      await world.close();
      throw error;
    }
  }

  /** With the tree's own migrations. */
  private async migrate(): Promise<void> {
    if (this.tree === repository) return migrate(this.postgres.address, logger);
    const env = { ...process.env, ...this.env() };
    await promisify(execFile)(process.execPath, ['--import', 'tsx', 'src/migrate.ts'], {
      cwd: this.tree,
      env,
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.apiPort}`;
  }

  get key(): string {
    return apiKey;
  }

  /** A client that sends again for `patienceMs`. */
  client(patienceMs = 180_000): Client {
    return new Client(this.url, apiKey, patienceMs);
  }

  /** Connected as the database's owner, without a proxy. */
  get pool(): Pool {
    return this.open().pool;
  }

  get workflows(): TemporalClient {
    return this.open().temporal;
  }

  api(wires: Wires = {}, port = this.apiPort): Part {
    return this.part('api', wires, `${port}`, async () => {
      const { status } = await fetch(`http://127.0.0.1:${port}/livez`, {
        signal: AbortSignal.timeout(1_000),
      });
      return status === 200;
    });
  }

  worker(wires: Wires = {}, build?: { tree: string; id: string }): Part {
    const polls = (part: Part) => part.said().includes('The worker polls');
    return this.part('worker', wires, '', polls, build);
  }

  async proxyTo(server: 'postgres' | 'temporal'): Promise<Proxy> {
    const proxy = await Proxy.to(portOf(this[server].address));
    this.proxies.push(proxy);
    return proxy;
  }

  /** Makes an inbox. @returns its settings */
  async inbox(name: string, settings: unknown = {}): Promise<Settings> {
    const reply = await this.client().request('PUT', `/v1/inboxes/${name}`, { body: { settings } });
    if (reply.status >= 300)
      throw new Error(`no inbox ${name}: ${reply.status} ${JSON.stringify(reply.body)}`);
    return settingsSchema.parse(settings);
  }

  /** The environment for a program that uses these parts. */
  env({ postgres, temporal }: Wires = {}): NodeJS.ProcessEnv {
    const database = new URL(this.postgres.address);
    if (postgres !== undefined) database.port = String(postgres);
    return {
      DATABASE_URL: database.href,
      TEMPORAL_ADDRESS: temporal === undefined ? this.temporal.address : `127.0.0.1:${temporal}`,
      BOOTSTRAP_API_KEY: apiKey,
      SECRETS_KEY: Buffer.alloc(32, 7).toString('base64'),
      WEBHOOK_ALLOW_PRIVATE: 'true',
      LOG_LEVEL: 'info',
    };
  }

  /** Closes our connections to the stores, before their files are replaced. */
  async letGo(): Promise<void> {
    const { kept } = this;
    this.kept = null;
    await kept?.pool.end().catch(() => {});
    await kept?.temporal.connection.close();
  }

  /** Starts the stores that have ended. @returns how many */
  async revive(): Promise<number> {
    const ended = [this.postgres, this.temporal].filter((server) => server.hasEnded);
    for (const server of ended) await server.start();
    return ended.length;
  }

  /** Ends all parts that still run, in order; the stores go on. */
  async endParts(): Promise<void> {
    for (const part of this.parts.splice(0)) if (part.isRunning) await part.end('SIGKILL');
    for (const proxy of this.proxies.splice(0)) proxy.close();
  }

  async close(): Promise<void> {
    await this.endParts();
    await this.letGo();
    await this.temporal.stop();
    await this.postgres.stop();
    this.folder.close();
    if (this.unmount) unmount(this.folder.dir);
    if (process.env.KEEP_FAULTS === undefined) rmSync(this.folder.dir, { recursive: true, force: true });
  }

  private open() {
    if (this.kept) return this.kept;
    const pool = new Pool({
      connectionString: this.postgres.address,
      max: 4,
      connectionTimeoutMillis: 5_000,
    });
    pool.on('error', () => {}); // the query that meets the loss rejects
    this.kept = { pool, temporal: lazyClient({ address: this.temporal.address, namespace: 'default' }) };
    return this.kept;
  }

  private part(
    name: 'api' | 'worker',
    wires: Wires,
    port: string,
    isReady: (part: Part) => boolean | Promise<boolean>,
    build?: { tree: string; id: string },
  ): Part {
    const env = { ...this.env(wires), PORT: port, WORKER_BUILD_ID: build?.id };
    const tree = build?.tree ?? this.tree;
    const log = this.folder.at('logs', `${name}-${this.parts.length}.log`);
    const part = new Part({ name, tree, script: `src/${name}.ts`, env, log, isReady });
    this.parts.push(part);
    return part;
  }
}
