/** The API over real HTTP, with a database of its own; if a test decides events, also with a worker. */
import { Client, Connection } from '@temporalio/client';
import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { hashOf, SCOPES, type Scope } from '../../../src/db/keys';
import { createPool } from '../../../src/db/pool';
import { createApp } from '../../../src/http/app';
import { listen } from '../../../src/runtime/http-server';
import { createLogger } from '../../../src/runtime/log';
import { TASK_QUEUE } from '../../../src/temporal/contract';
import type { WebhookSettings } from '../../../src/http/resources/services';
import { testSecrets } from '../../support/secrets';
import { createDatabase, temporalAddress } from '../../support/servers';

export interface Answered {
  status: number;
  headers: Headers;
  text: string;
  /** its JSON; undefined if it has none */
  // the test knows what an answer holds
  body: Record<string, unknown> & { items: Record<string, unknown>[] };
}

export interface Asking {
  key?: string | null;
  headers?: Record<string, string>;
  /** a string or bytes are sent as they are, anything else as JSON */
  body?: unknown;
}

export interface ApiOptions {
  client?: Client;
  taskQueue?: string;
  /** another test's; by default one of its own */
  database?: { url: string; pool: Pool };
  /** where the API should look for PostgreSQL, if not at its real address */
  databaseUrl?: string;
  webhooks?: WebhookSettings;
  logger?: Logger;
}

export class TestApi {
  private constructor(
    readonly url: string,
    readonly database: { url: string; pool: Pool },
    readonly account: string,
    /** of {@link account}, with every scope */
    readonly key: string,
    readonly stop: () => Promise<void>,
  ) {}

  /** as the owner of the database, with all rights */
  get pool(): Pool {
    return this.database.pool;
  }

  static async start(options: ApiOptions = {}): Promise<TestApi> {
    const own = options.database ? undefined : await createDatabase();
    const database = options.database ?? own;
    if (!database) throw new Error('no database');
    const connection = options.client ? undefined : await Connection.connect({ address: temporalAddress() });
    const client = options.client ?? new Client({ connection });
    const logger = options.logger ?? createLogger('silent');
    const databaseUrl = options.databaseUrl ?? database.url;
    const pool = createPool({ databaseUrl, role: 'conversations_api', max: 8, logger });
    const taskQueue = options.taskQueue ?? `${TASK_QUEUE}-${randomUUID()}`;
    const webhooks = options.webhooks ?? { secrets: testSecrets, allowed: 'loopback' as const };
    const app = createApp({ pool, client, logger, webhooks, taskQueue });
    const server = await listen(app.app, { host: '127.0.0.1', port: 0 });
    const stop = async () => {
      await server.drain(0);
      await app.close();
      await pool.end();
      await connection?.close();
      await own?.drop();
    };
    const account = `acc-${randomUUID().slice(0, 8)}`;
    return new TestApi(server.url, database, account, await addKey(database.pool, account), stop);
  }

  /** A key of this account, or of another one. */
  addKey(scopes: readonly Scope[] = SCOPES, account = this.account): Promise<string> {
    return addKey(this.pool, account, scopes);
  }

  async ask(method: string, path: string, { key = this.key, headers, body }: Asking = {}): Promise<Answered> {
    const raw = typeof body === 'string' || body instanceof Uint8Array;
    const response = await fetch(this.url + path, {
      method,
      headers: {
        ...(key !== null && { Authorization: `Bearer ${key}` }),
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? undefined : raw ? (body as string) : JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: parsed(text) };
  }

  get(path: string, asking?: Asking): Promise<Answered> {
    return this.ask('GET', path, asking);
  }

  post(path: string, body: unknown, asking?: Asking): Promise<Answered> {
    return this.ask('POST', path, { ...asking, body });
  }

  put(path: string, body: unknown, asking?: Asking): Promise<Answered> {
    return this.ask('PUT', path, { ...asking, body });
  }

  /** The items of all pages of `limit` items, by their cursors. */
  async all(path: string, limit: number, asking?: Asking): Promise<Record<string, unknown>[]> {
    const items: Record<string, unknown>[] = [];
    let next = '';
    for (;;) {
      const { status, body, text } = await this.get(withQuery(path, `limit=${limit}${next}`), asking);
      if (status !== 200) throw new Error(text);
      items.push(...body.items);
      if (typeof body.next_cursor !== 'string') return items;
      if (body.items.length !== limit) throw new Error('a page that is not the last is not full');
      next = `&cursor=${body.next_cursor}`;
    }
  }

  /** Makes an inbox with these settings; the others have their defaults. */
  async inbox(settings: object = {}, inbox = `in-${randomUUID().slice(0, 8)}`): Promise<string> {
    const { status, text } = await this.put(`/v1/inboxes/${inbox}`, { settings });
    if (status > 201) throw new Error(text);
    return inbox;
  }
}

function withQuery(path: string, query: string): string {
  return `${path}${path.includes('?') ? '&' : '?'}${query}`;
}

async function addKey(pool: Pool, account: string, scopes: readonly Scope[] = SCOPES): Promise<string> {
  const key = randomUUID();
  await pool.query(
    `INSERT INTO api_keys (account, name, key_hash, scopes) VALUES ($1, 'test', decode($2, 'hex'), $3)`,
    [account, hashOf(key), scopes],
  );
  return key;
}

function parsed(text: string): Answered['body'] {
  try {
    return JSON.parse(text) as Answered['body'];
  } catch {
    return undefined as unknown as Answered['body'];
  }
}
