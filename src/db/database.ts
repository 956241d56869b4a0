import { SpanKind } from '@opentelemetry/api';
import type { Pool, PoolClient, QueryConfig, QueryResultRow } from 'pg';
import { spanned } from '../metrics/tracing';
import { actFor, type Actor } from './actor';
import type { Listener } from './listener';
import { dropDead, limited } from './pool';
import { rowTypes, type Statement } from './rows';
import { isUnavailable, PostgresUnavailableError } from './unavailable';

const STALLED_MS = 1_000;
const ROLLBACK_MS = 300;

export type Query = <R extends QueryResultRow>(statement: Statement) => Promise<R[]>;

/**
 * What one account may see and change. If a statement forgets to ask only for the account's rows, PostgreSQL
 * still keeps it to them.
 */
export interface AccountDatabase {
  readonly account: string;
  readonly query: Query;
  /** All or nothing. */
  readonly transaction: <T>(work: (query: Query) => Promise<T>) => Promise<T>;
}

/**
 * PostgreSQL as the API uses it. Times come out as they are shown. When it is away there is one named error,
 * within two seconds even if the network drops all packets.
 */
export class Database {
  constructor(
    private readonly pool: Pool,
    private readonly listener: Listener,
  ) {}

  /** @param keyId of the key that asks for it, where something may be changed: the audit says so */
  of(account: string, keyId?: string): AccountDatabase {
    const actor = { account, keyId };
    return {
      account,
      query: (statement) => this.query({ ...statement, ...actor }),
      transaction: (work) => this.transaction(actor, work),
    };
  }

  /** @throws PostgresUnavailableError */
  query<R extends QueryResultRow>(statement: Statement): Promise<R[]> {
    const name = statement.name ?? 'statement';
    return spanned(name, () => this.queryGuarded(statement), { kind: SpanKind.CLIENT });
  }

  private queryGuarded<R extends QueryResultRow>(statement: Statement): Promise<R[]> {
    return this.guarded(async () => {
      const client = await this.pool.connect();
      try {
        await actFor(client, statement);
        const { rows } = await client.query<R>(configOf(statement));
        client.release();
        return rows;
      } catch (error) {
        client.release(error instanceof Error ? error : true);
        throw error;
      }
    });
  }

  /** Throws away the idle connections that do not answer. */
  dropDead(): Promise<void> {
    return dropDead(this.pool);
  }

  private async transaction<T>(actor: Actor, work: (query: Query) => Promise<T>): Promise<T> {
    const client = await this.connect();
    const query = <R extends QueryResultRow>(statement: Statement) =>
      this.guarded(async () => (await client.query<R>(configOf(statement))).rows);
    try {
      await this.guarded(() => actFor(client, actor));
      await query({ text: 'BEGIN' });
      const result = await work(query);
      await query({ text: 'COMMIT' });
      client.release();
      return result;
    } catch (error) {
      await rollBack(client);
      throw error;
    }
  }

  private async connect(): Promise<PoolClient> {
    const connecting = this.pool.connect();
    try {
      return await this.guarded(() => connecting);
    } catch (error) {
      connecting.then(
        (client) => client.release(), // it came too late to be of use
        () => {},
      );
      throw error;
    }
  }

  private async guarded<T>(work: () => Promise<T>): Promise<T> {
    if (this.listener.away) throw new PostgresUnavailableError();
    try {
      return await this.unlessStalled(work());
    } catch (error) {
      throw isUnavailable(error) ? new PostgresUnavailableError(error) : error;
    }
  }

  /** Waits for a slow statement, but not for a server that does not answer any more. */
  private unlessStalled<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const check = setInterval(() => {
        void this.isGone().then((gone) => gone && reject(new PostgresUnavailableError()));
      }, STALLED_MS);
      work.then(resolve, reject).finally(() => clearInterval(check));
    });
  }

  /** If PostgreSQL accepts no more connections, those that we have may still work. */
  private async isGone(): Promise<boolean> {
    return !this.listener.crowded && !(await this.listener.answers());
  }
}

function configOf({ name, text, values = [], limitMs }: Statement): QueryConfig<unknown[]> {
  const config = { name, text, values: [...values], types: rowTypes };
  return limitMs === undefined ? config : limited(config, limitMs);
}

/** If even that fails, the connection is dropped, and the transaction with it. */
async function rollBack(client: PoolClient): Promise<void> {
  try {
    await client.query(limited({ text: 'ROLLBACK' }, ROLLBACK_MS));
    client.release();
  } catch (error) {
    client.release(error instanceof Error ? error : true);
  }
}
