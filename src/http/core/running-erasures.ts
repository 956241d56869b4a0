import type { Database } from '../../db/database';
import { runningConversations } from '../../db/erasures';
import type { Listener } from '../../db/listener';
import { nullWhileAway } from '../../db/unavailable';
import type { ConversationKey } from '../../domain/key';
import { BeingErasedError } from './problems';
import { StaleCache } from './stale-cache';

const MEMORY = { freshMs: 30_000, missingMs: 0, most: 10_000 };

/**
 * Which conversations are being erased. An event that came meanwhile could go to the run that is ended, and would be lost. Each
 * process hears when an erasure begins and ends; so this asks the database once in a while for each account.
 */
export class RunningErasures {
  private readonly accounts: StaleCache<Set<string>>;

  constructor(database: Database, listener: Listener) {
    this.accounts = new StaleCache((account) => runningConversations(database.of(account)), MEMORY);
    listener.on('erasures', () => this.expire());
    listener.onBack(() => this.expire());
  }

  /** Has everything looked up anew. */
  expire(): void {
    this.accounts.expire();
  }

  /** @throws BeingErasedError */
  async requireNone({ account, inbox, conversation }: ConversationKey): Promise<void> {
    if ((await this.of(account))?.has(`${inbox}/${conversation}`)) throw new BeingErasedError();
  }

  /** Events are taken while the database is away. */
  private of(account: string): Promise<Set<string> | null> {
    return Promise.resolve(this.accounts.get(account)).catch(nullWhileAway);
  }
}
