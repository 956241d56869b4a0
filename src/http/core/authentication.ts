import type { Database } from '../../db/database';
import { findKeyHolder, hashOf, KEYS_CHANGED, type KeyHolder, type Scope } from '../../db/keys';
import type { Listener } from '../../db/listener';
import { ScopeMissingError, UnauthenticatedError } from './problems';
import { StaleCache } from './stale-cache';

const MEMORY = { freshMs: 30_000, missingMs: 1_000, most: 10_000 };
const BEARER = /^Bearer +([\x21-\x7e]{1,512}) *$/i;

/** Finds the holder of a request's key. Known keys still work while the database is away. */
export class Authentication {
  private readonly holders: StaleCache<KeyHolder>;

  constructor(database: Database, listener: Listener) {
    this.holders = new StaleCache((hash) => findKeyHolder(database, hash), MEMORY);
    listener.on(KEYS_CHANGED, () => this.holders.expire());
    listener.onBack(() => this.holders.expire());
  }

  /**
   * @param header the value of `Authorization`
   * @throws UnauthenticatedError, ScopeMissingError; PostgresUnavailableError when only the database knows
   */
  async holderOf(header: string | undefined, scope: Scope): Promise<KeyHolder> {
    const key = header === undefined ? undefined : BEARER.exec(header)?.[1];
    const holder = key === undefined ? null : await this.holders.get(hashOf(key));
    if (!holder || hasExpired(holder, Date.now())) throw new UnauthenticatedError();
    if (!holder.scopes.includes(scope)) throw new ScopeMissingError(scope);
    return holder;
  }
}

function hasExpired({ expires_at }: KeyHolder, now: number): boolean {
  return expires_at !== null && Date.parse(expires_at) <= now;
}
