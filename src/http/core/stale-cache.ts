import { PostgresUnavailableError } from '../../db/unavailable';

export interface StaleCacheOptions {
  /** how long a found value is used without a new look-up, in milliseconds */
  freshMs: number;
  /** how long "not found" is used without a new look-up, in milliseconds */
  missingMs: number;
  /** the most names to remember */
  most: number;
}

/**
 * Keeps what was looked up in the database for a while. While the database is away it keeps it longer, so
 * that known callers are served. Calls for the same name at the same time share a look-up.
 */
export class StaleCache<V> {
  private readonly found = new Map<string, { value: V; until: number }>();
  private readonly missing = new Map<string, number>();
  private readonly looking = new Map<string, Promise<V | null>>();
  private expiries = 0;

  constructor(
    private readonly look: (name: string) => Promise<V | null>,
    private readonly memory: StaleCacheOptions,
  ) {}

  /** @throws PostgresUnavailableError if the name is not remembered */
  get(name: string): V | null | Promise<V | null> {
    const now = Date.now();
    const entry = this.found.get(name);
    if (entry && now < entry.until) return entry.value;
    if (now < (this.missing.get(name) ?? 0)) return null;
    const under = this.looking.get(name) ?? this.lookAgain(name).finally(() => this.looking.delete(name));
    this.looking.set(name, under);
    return under;
  }

  /** Has everything looked up anew at its next use. */
  expire(): void {
    this.expiries += 1;
    this.missing.clear();
    for (const entry of this.found.values()) entry.until = 0;
  }

  private async lookAgain(name: string): Promise<V | null> {
    const { expiries } = this;
    try {
      const value = await this.look(name);
      const isOld = expiries !== this.expiries; // it may have been read before what expired it
      this.keep(name, value, isOld ? { freshMs: 0, missingMs: 0 } : this.memory);
      return value;
    } catch (error) {
      const entry = this.found.get(name);
      if (entry && error instanceof PostgresUnavailableError) return entry.value;
      throw error;
    }
  }

  private keep(name: string, value: V | null, { freshMs, missingMs }: Omit<StaleCacheOptions, 'most'>): void {
    const { most } = this.memory;
    this.found.delete(name);
    this.missing.delete(name);
    if (value !== null) bounded(this.found, most).set(name, { value, until: Date.now() + freshMs });
    else if (missingMs > 0) bounded(this.missing, most).set(name, Date.now() + missingMs);
  }
}

/** Makes room for one more by removing the oldest. */
function bounded<T>(map: Map<string, T>, most: number): Map<string, T> {
  const [first] = map.keys();
  if (map.size >= most && first !== undefined) map.delete(first);
  return map;
}
