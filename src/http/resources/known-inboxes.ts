import type { Database } from '../../db/database';
import { findInbox } from '../../db/inboxes';
import type { Listener } from '../../db/listener';
import { NotFoundError } from '../core/problems';
import { StaleCache } from '../core/stale-cache';

const MEMORY = { freshMs: 30_000, missingMs: 0, most: 10_000 };

/** Which inboxes exist. Every event needs this, also while the database is away. */
export class KnownInboxes {
  private readonly inboxes: StaleCache<true>;

  constructor(database: Database, listener: Listener) {
    this.inboxes = new StaleCache(async (name) => {
      const [account = '', inbox = ''] = name.split('/');
      return (await findInbox(database.of(account), inbox)) && true;
    }, MEMORY);
    listener.on('erasures', () => this.inboxes.expire());
  }

  /** @throws NotFoundError; PostgresUnavailableError when only the database knows */
  async require({ account }: { account: string }, inbox: string): Promise<void> {
    if (!(await this.inboxes.get(`${account}/${inbox}`))) throw unknownInbox(inbox);
  }
}

export function unknownInbox(inbox: string): NotFoundError {
  return new NotFoundError(`There is no inbox ${inbox}`);
}
