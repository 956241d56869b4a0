import { Client, DatabaseError, type ClientConfig, type Pool, type QueryResultRow } from 'pg';
import type { Logger } from 'pino';
import { actFor } from './actor';
import { rowTypes, type Statement } from './rows';
import { isUnavailable, PostgresUnavailableError } from './unavailable';

/** A connection that replaces a silent one has less time: callers wait meanwhile. */
const CONNECT_MS = { usual: 1_500, replacing: 700 };
const ANSWER_MS = 1_000;
/** The driver's own limit: longer than any of ours, which replace the connection. */
const GIVE_UP_MS = 2_000;
const PING_MS = 700;
const PING_EVERY_MS = 3_000;
const LAST_LOOK_MS = 20;
const RETRY_MS = { first: 50, most: 1_000 };
const TOO_MANY_CONNECTIONS = '53300';

/**
 * One connection beside the pool. It hears notifications, and is the first to know when PostgreSQL goes away
 * and when it is back. It also runs small statements that must not wait behind reads. A connection that does
 * not answer is replaced; PostgreSQL is away only where no new one can be made.
 */
export class Listener {
  private readonly channels = new Map<string, ((payload: string) => void)[]>();
  private readonly awayHandlers: (() => void)[] = [];
  private readonly backHandlers: (() => void)[] = [];
  private client: Client | null = null;
  private stopped = false;
  private running: Promise<void> | null = null;
  private pinging: NodeJS.Timeout | undefined;
  private wake: () => void = () => {};
  private isAway = false;
  private isCrowded = false;
  private replacing = false;
  /** of the statement before: the driver wants them one after the other */
  private lastAnswer: Promise<unknown> = Promise.resolve();
  /** statements under way */
  private asked = 0;
  /** Callers that wait until a connection is made or fails. */
  private attempts: ((made: boolean) => void)[] = [];

  constructor(
    private readonly pool: Pool,
    private readonly logger: Logger,
  ) {}

  /** Whether PostgreSQL is known to be away. Not so before the first attempt to reach it has failed. */
  get away(): boolean {
    return this.isAway;
  }

  /** Whether PostgreSQL is there, and has no connection left for us. */
  get crowded(): boolean {
    return this.isCrowded;
  }

  get connected(): boolean {
    return this.client !== null;
  }

  /** Register before {@link start}. */
  on(channel: string, heard: (payload: string) => void): void {
    this.channels.set(channel, [...(this.channels.get(channel) ?? []), heard]);
  }

  onAway(handler: () => void): void {
    this.awayHandlers.push(handler);
  }

  /** Called on every connection: notifications before it were not heard. */
  onBack(handler: () => void): void {
    this.backHandlers.push(handler);
  }

  start(): void {
    if (this.running) return;
    this.running = this.keepConnected();
    // A dead connection gets no notifications, and nothing else would show it.
    this.pinging = setInterval(() => {
      if (this.asked === 0) void this.answers();
    }, PING_EVERY_MS);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.pinging);
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
    const { name, text, values = [] } = statement;
    this.asked += 1;
    try {
      const ask = async () => {
        await actFor(client, statement);
        return client.query<R>({ name, text, values: [...values], types: rowTypes });
      };
      const answer = this.lastAnswer.then(ask, ask);
      this.lastAnswer = answer;
      const result = await within(answer, limitMs);
      if (result) return result.rows;
    } catch (error) {
      throw isUnavailable(error) ? new PostgresUnavailableError(error) : error;
    } finally {
      this.asked -= 1;
    }
    this.replace(client);
    throw new PostgresUnavailableError('It has not answered in time');
  }

  /** Whether PostgreSQL answers quickly: tells a dead server from one slow statement. */
  async answers(): Promise<boolean> {
    if (this.isAway || this.isCrowded) return false;
    if (!this.client) return (await within(this.nextAttempt(), PING_MS)) ?? false;
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
        this.refused(error);
        await this.sleep(pause);
        pause = Math.min(pause * 2, RETRY_MS.most);
      }
      this.client = null;
      drop(client);
    }
  }

  private async begin(client: Client): Promise<void> {
    client.on('notification', ({ channel, payload }) => {
      for (const heard of this.channels.get(channel) ?? []) heard(payload ?? '');
    });
    for (const channel of this.channels.keys()) await client.query(`LISTEN ${channel}`);
    this.client = client;
    this.lastAnswer = Promise.resolve();
    if (this.isAway) this.logger.info('PostgreSQL is back');
    this.isAway = false;
    this.attempted(true);
    for (const handler of this.backHandlers) handler();
  }

  private refused(error: unknown): void {
    const crowded = error instanceof DatabaseError && error.code === TOO_MANY_CONNECTIONS;
    if (!crowded) this.becomeAway(error);
    this.attempted(false, crowded);
  }

  private attempted(made: boolean, crowded = false): void {
    this.isCrowded = crowded;
    this.replacing = false;
    for (const tell of this.attempts.splice(0)) tell(made);
  }

  private nextAttempt(): Promise<boolean> {
    return new Promise((resolve) => this.attempts.push(resolve));
  }

  private replace(client: Client): void {
    if (this.client !== client) return;
    this.logger.info('The connection that listens to PostgreSQL does not answer, and is replaced');
    this.client = null;
    this.replacing = true;
    drop(client);
  }

  /** The pool's own settings; its password does not show when they are copied as a whole. */
  private config(): ClientConfig {
    const { options } = this.pool;
    const connectionTimeoutMillis = this.replacing ? CONNECT_MS.replacing : CONNECT_MS.usual;
    return {
      ...{ ...options, password: options.password, keepAlive: true },
      ...{ connectionTimeoutMillis, query_timeout: GIVE_UP_MS },
    };
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

/** While a statement runs, `end` closes the socket at once; a dead peer needs that. */
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
