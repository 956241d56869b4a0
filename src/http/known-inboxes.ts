import type { Database } from '../db/database';
import { findInbox } from '../db/inboxes';
import { NotFound } from './problems';
import { Remembered } from './remembered';

const MEMORY = { freshMs: 30_000, missingMs: 0, most: 10_000 };

/** Which inboxes there are: asked with every event, and to be answered while the database is away. */
export class KnownInboxes {
  private readonly inboxes: Remembered<true>;

  constructor(database: Database) {
    this.inboxes = new Remembered(async (name) => {
      const [account = '', inbox = ''] = name.split('/');
      return (await findInbox(database.of(account), inbox)) && true;
    }, MEMORY);
  }

  /** @throws NotFound; PostgresUnavailable where only the database could tell */
  async require({ account }: { account: string }, inbox: string): Promise<void> {
    if (!(await this.inboxes.get(`${account}/${inbox}`))) throw unknownInbox(inbox);
  }
}

export function unknownInbox(inbox: string): NotFound {
  return new NotFound(`There is no inbox ${inbox}`);
}
