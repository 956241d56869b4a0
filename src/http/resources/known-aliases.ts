import { hasAliases, targetsOf } from '../../db/aliases';
import type { AccountDatabase, Database } from '../../db/database';
import type { Listener } from '../../db/listener';
import { nullWhileAway } from '../../db/unavailable';
import type { ConversationKey } from '../../domain/key';
import { StaleCache } from '../core/stale-cache';

const MEMORY = { freshMs: 30_000, missingMs: 0, most: 10_000 };

/**
 * Where names lead that are no conversations themselves. It is asked only where no conversation is found, or none runs; and in an
 * inbox without such names, the database is not asked at all.
 */
export class KnownAliases {
  private readonly inboxes: StaleCache<{ any: boolean }>;

  constructor(
    private readonly database: Database,
    listener: Listener,
  ) {
    this.inboxes = new StaleCache(async (name) => {
      const [account = '', inbox = ''] = name.split('/');
      return { any: await hasAliases(database.of(account), inbox) };
    }, MEMORY);
    const expire = () => this.inboxes.expire();
    listener.on('aliases', expire);
    listener.onBack(expire);
  }

  /** The conversation that the name leads to; null: it is no other name. @throws PostgresUnavailableError */
  async target({ account, inbox, conversation }: ConversationKey): Promise<ConversationKey | null> {
    const to = (await this.targets(this.database.of(account), inbox, [conversation])).get(conversation);
    return to === undefined ? null : { account, inbox, conversation: to };
  }

  /** Of many names, those that lead to a conversation. @throws PostgresUnavailableError */
  async targets(
    db: AccountDatabase,
    inbox: string,
    names: readonly string[],
  ): Promise<ReadonlyMap<string, string>> {
    return (await this.hasAny(db.account, inbox)) ? targetsOf(db, inbox, names) : NONE;
  }

  /** What is found under a name, or else under the conversation that it leads to. */
  async find<T>(key: ConversationKey, look: (key: ConversationKey) => Promise<T | null>): Promise<T | null> {
    const found = await look(key);
    if (found !== null) return found;
    const target = await this.target(key);
    return target && look(target);
  }

  /** Events are taken while the database is away: of an inbox that was never asked about, as if it had none. */
  private async hasAny(account: string, inbox: string): Promise<boolean> {
    const known = await Promise.resolve(this.inboxes.get(`${account}/${inbox}`)).catch(nullWhileAway);
    return known?.any ?? false;
  }
}

const NONE: ReadonlyMap<string, string> = new Map();
