import { Client, DatabaseError, type ClientConfig, type Pool, type QueryResultRow } from 'pg';
import type { Logger } from 'pino';
import { rowTypes, type Statement } from './rows';
import { PostgresUnavailableError } from './unavailable';

const CONNECT_MS = 1_500;
const ANSWER_MS = 1_500;
const PING_MS = 700;
const LAST_LOOK_MS = 20;
const RETRY_MS = { first: 50, most: 1_000 };
const TOO_MANY_CONNECTIONS = '53300';

/**
 * The process's one connection of its own, beside the pool: it hears notifications, and knows first when PostgreSQL goes
 * away and when it is back. Small statements that must not queue behind anybody's reads go through it too.
 */
export class Listener {
  private readonly channels = new Map<string, (payload: string) => void>();
  private readonly awayHandlers: (() => void)[] = [];
  private readonly backHandlers: (() => void)[] = [];
  private client: Client | null = null;
  private stopped = false;
  private running: Promise<void> | null = null;
  private wake: () => void = () => {};
  private isAway = false;

  constructor(
    private readonly pool: Pool,
    private readonly logger: Logger,
  ) {}

  /** Whether PostgreSQL is known to be away. Not so before the first attempt to reach it has failed. */
  get away(): boolean {
    return this.isAway;
  }

  get connected(): boolean {
    return this.client !== null;
  }

  /** Register before {@link start}. */
  on(channel: string, heard: (payload: string) => void): void {
    this.channels.set(channel, heard);
  }

  onAway(handler: () => void): void {
    this.awayHandlers.push(handler);
  }

  /** Called on every connection: notifications before it were not heard. */
  onBack(handler: () => void): void {
    this.backHandlers.push(handler);
  }

  start(): void {
    this.running ??= this.keepConnected();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.wake();
    void this.client?.end().catch(() => {});
    await this.running;
  }

  /**
   * @param limitMs after which the connection counts as dead and is made anew
   * @throws PostgresUnavailableError when not connected, or without an answer in time
   */
  async query<R extends QueryResultRow>(statement: Statement, limitMs = ANSWER_MS): Promise<R[]> {
    const { client } = this;
    if (!client) throw new PostgresUnavailableError();
    const asked = client.query<R>({ ...statement, values: [...(statement.values ?? [])], types: rowTypes });
    const result = await within(asked, limitMs);
    if (result) return result.rows;
    this.becomeAway('It has not answered in time');
    drop(client);
    throw new PostgresUnavailableError();
  }

  /** Whether PostgreSQL answers, and quickly: for telling it apart from one slow statement. */
  async answers(): Promise<boolean> {
    try {
      await this.query({ text: 'SELECT 1' }, PING_MS);
      return true;
    } catch {
      return false;
    }
  }

  private async keepConnected(): Promise<void> {
    let pause = RETRY_MS.first;
    while (!this.stopped) {
      const client = new Client(this.config());
      const lost = new Promise<void>((resolve) => client.on('error', () => resolve()).once('end', resolve));
      try {
        await client.connect();
        await this.begin(client);
        pause = RETRY_MS.first;
        if (!this.stopped) await lost; // stop() could not end a connection that was not made yet
      } catch (error) {
        if (!isCrowded(error)) this.becomeAway(error);
        await this.sleep(pause);
        pause = Math.min(pause * 2, RETRY_MS.most);
      }
      this.client = null;
      drop(client);
    }
  }

  private async begin(client: Client): Promise<void> {
    client.on('notification', ({ channel, payload }) => this.channels.get(channel)?.(payload ?? ''));
    for (const channel of this.channels.keys()) await client.query(`LISTEN ${channel}`);
    this.client = client;
    if (this.isAway) this.logger.info('PostgreSQL is back');
    this.isAway = false;
    for (const handler of this.backHandlers) handler();
  }

  /** The pool's own settings; its password does not show when they are copied as a whole. */
  private config(): ClientConfig {
    const { options } = this.pool;
    return { ...options, password: options.password, connectionTimeoutMillis: CONNECT_MS, keepAlive: true };
  }

  private becomeAway(error: unknown): void {
    if (this.isAway || this.stopped) return;
    this.isAway = true;
    this.logger.warn({ err: error }, 'PostgreSQL is away');
    for (const handler of this.awayHandlers) handler();
  }

  private sleep(ms: number): Promise<void> {
    if (this.stopped) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** The server has no connection left for us; who has one already is served. */
function isCrowded(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === TOO_MANY_CONNECTIONS;
}

/** With a statement still under way `end` closes the socket at once, which is what a dead peer needs. */
function drop(client: Client): void {
  void client.end().catch(() => {});
}

/**
 * The promise's value, or null if it takes longer; a later failure is then ignored. If the process itself was
 * busy, it first checks whether the answer came meanwhile.
 */
async function within<T>(work: Promise<T>, ms: number): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => (timer = setTimeout(resolve, LAST_LOOK_MS, null)), ms);
  });
  work.catch(() => {});
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
