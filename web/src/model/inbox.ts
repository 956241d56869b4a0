import { signal } from '@preact/signals';
import type { Conversation, Counts } from '../../../clients/typescript/src/index.ts';
import { serverNow } from './clock.ts';
import { toQuery, type Filters, type Sort } from './filters.ts';
import { Listing } from './listing.ts';
import { route } from './route.ts';
import { client, key, said } from './session.ts';
import { Store } from './store.ts';
import { STATUSES } from './words.ts';

const EVERY_MS = 5_000;
/** After a change: counts are of the service, never of what the page has loaded. */
const SOON_MS = 1_000;
/** So long the page may take in what the stream tells before it draws again. */
const AT_ONCE_MS = 8;

/** `live`: as the service is; `paused`: nobody looks; `cut off`: what is shown is as old as it says. */
export type Contact = 'connecting' | 'live' | 'paused' | 'cut off';

/** What is shown of one inbox with one set of filters, kept current while somebody looks. */
export class InboxView {
  readonly store = new Store();
  readonly counts = signal<Counts | null>(null);
  readonly contact = signal<Contact>('connecting');
  /** when the service last confirmed what is shown, in its time; null: not yet */
  readonly updatedAt = signal<number | null>(null);
  readonly trouble = signal('');
  readonly lists: Listing[];
  private readonly over = new AbortController();
  private after: string | undefined;
  private listening: AbortController | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private counting: ReturnType<typeof setTimeout> | undefined;
  private refreshing = false;

  constructor(
    readonly inbox: string,
    readonly filters: Filters,
    readonly sort: Sort,
    /** a list of all that the filters leave, one for each status, or none */
    lists: 'all' | 'by status' | 'none',
  ) {
    const columns = STATUSES.filter((status) => filters.status?.includes(status) ?? true);
    const list = (of: Filters) => new Listing(this.store, inbox, of, sort);
    if (lists === 'none') this.lists = [];
    else if (lists === 'all') this.lists = [list(filters)];
    else this.lists = columns.map((status) => list({ ...filters, status: [status] }));
  }

  /** @returns what ends it */
  open(): () => void {
    const look = () => this.look();
    document.addEventListener('visibilitychange', look);
    this.look();
    return () => {
      document.removeEventListener('visibilitychange', look);
      clearTimeout(this.timer);
      this.listening?.abort();
      this.over.abort();
    };
  }

  /** A page that nobody looks at asks nothing; it catches up when somebody looks again. */
  private look(): void {
    if (document.hidden) {
      clearTimeout(this.timer);
      this.listening?.abort();
      this.listening = null;
      this.contact.value = 'paused';
      return;
    }
    void this.refresh();
    if (!this.listening) void this.listen();
  }

  async refresh(): Promise<void> {
    if (this.refreshing) return;
    this.refreshing = true;
    try {
      const reads = [() => this.count(), ...this.lists.map((list) => () => list.refresh())];
      // at first all at once; then one after the other, so that no frame has to take in all of them
      if (this.updatedAt.peek() === null) await Promise.all(reads.map((read) => read()));
      else for (const read of reads) await read();
      this.store.keepOnly([
        ...this.lists.flatMap((list) => list.items.peek().map((c) => c.conversation)),
        route.peek().conversation ?? '',
      ]);
      this.isCurrent();
    } catch (error) {
      this.isCutOff(error);
    } finally {
      this.refreshing = false;
      this.again(EVERY_MS);
    }
  }

  /** What the service answered to an action. */
  take(c: Conversation): void {
    this.store.take([c]);
    this.countSoon();
  }

  private again(inMs: number): void {
    if (this.over.signal.aborted || document.hidden) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.refresh(), inMs);
  }

  /** Many changes are counted together. */
  private countSoon(): void {
    this.counting ??= setTimeout(() => {
      this.counting = undefined;
      this.count().catch((error: unknown) => this.isCutOff(error));
    }, SOON_MS);
  }

  private async count(): Promise<void> {
    this.counts.value = await client.value.GET('/v1/inboxes/{inbox}/counts', {
      params: { path: { inbox: this.inbox }, query: toQuery(this.filters) },
      signal: this.over.signal,
    });
  }

  private async listen(): Promise<void> {
    const listening = (this.listening = new AbortController());
    const { signal } = listening;
    while (!signal.aborted && key.value !== '') {
      await this.hearAll(signal).catch((error: unknown) => !signal.aborted && this.isCutOff(error));
      await new Promise((resolve) => setTimeout(resolve, SOON_MS));
    }
  }

  private async hearAll(signal: AbortSignal): Promise<void> {
    let since = performance.now();
    for await (const told of client.value.stream(this.inbox, { signal, after: this.after })) {
      if (performance.now() - since > AT_ONCE_MS) {
        await new Promise((resolve) => setTimeout(resolve)); // what was held up comes in one piece: others get their turn
        since = performance.now();
      }
      this.after = told.id;
      if (told.reset) void this.refresh();
      else this.hear(told.change.data.conversation);
    }
  }

  private hear(c: Conversation): void {
    this.store.take([c]);
    this.updatedAt.value = serverNow();
    this.countSoon();
  }

  private isCurrent(): void {
    this.updatedAt.value = serverNow();
    this.trouble.value = '';
    this.contact.value = document.hidden ? 'paused' : 'live';
  }

  private isCutOff(error: unknown): void {
    if (this.over.signal.aborted || document.hidden) return;
    this.trouble.value = said(error);
    this.contact.value = 'cut off';
  }
}
