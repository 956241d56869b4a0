import { computed, signal, type Signal } from '@preact/signals';
import type { Conversation } from '../../../clients/typescript/src/index.ts';
import { toQuery, type Filters, type Place, type Sort } from './filters.ts';
import { client, said } from './session.ts';
import type { Store } from './store.ts';

const PAGE = 50;
/** The most that the API gives at once: what was loaded beyond it is kept current by the stream alone. */
const MOST = 200;

/** An endless list: what the store has of it, as far as it was loaded. */
export class Listing {
  readonly loading = signal(false);
  readonly error = signal('');
  /** the next page's; null: there is none; undefined: nothing was loaded yet */
  private readonly cursor = signal<string | null | undefined>(undefined);
  private readonly last = signal<Place | null>(null);
  /** how many somebody scrolled to; what the stream adds in front makes it longer until the next time that it is read */
  private wanted = 0;

  private readonly shown: Signal<number>;
  private found: Conversation[] = [];

  readonly items = computed(() => {
    void this.shown.value;
    const found =
      this.cursor.value === undefined ? [] : this.store.list(this.filters, this.sort, this.last.value);
    const isSame = found.length === this.found.length && found.every((c, i) => c === this.found[i]);
    if (!isSame) this.found = found; // the same list again draws nothing
    return this.found;
  });
  readonly isLoaded = computed(() => this.cursor.value !== undefined);
  readonly hasMore = computed(() => typeof this.cursor.value === 'string');

  constructor(
    private readonly store: Store,
    private readonly inbox: string,
    readonly filters: Filters,
    readonly sort: Sort,
  ) {
    this.shown = store.shownInTurn();
  }

  async more(): Promise<void> {
    if (this.loading.value || this.cursor.value === null) return;
    await this.load(async () => {
      const page = await this.ask(PAGE, this.cursor.value);
      this.store.take(page.items);
      this.wanted += page.items.length;
      this.endAt(page);
    });
  }

  /** Reads again what is shown, or as much of it as the API gives at once. @throws when the service does not answer */
  async refresh(): Promise<void> {
    if (!this.isLoaded.value) return this.more();
    const shown = this.items.peek();
    const asked = performance.now();
    const page = await this.ask(Math.min(MOST, Math.max(PAGE, this.wanted)));
    this.store.take(page.items);
    const whole = page.next_cursor === null;
    this.store.leaveOut(whole ? shown : shown.slice(0, page.items.length), page.items, asked);
    if (whole || this.wanted <= page.items.length) this.endAt(page);
    this.error.value = '';
  }

  private async load(work: () => Promise<void>): Promise<void> {
    this.loading.value = true;
    try {
      await work();
      this.error.value = '';
    } catch (error) {
      this.error.value = said(error);
    } finally {
      this.loading.value = false;
    }
  }

  private ask(limit: number, cursor?: string | null) {
    const query = {
      ...toQuery(this.filters),
      ...{ sort: this.sort, limit, cursor: cursor ?? undefined },
    };
    return client.value.GET('/v1/inboxes/{inbox}/conversations', {
      params: { path: { inbox: this.inbox }, query: query },
    });
  }

  private endAt({ items, next_cursor }: { items: Conversation[]; next_cursor: string | null }): void {
    this.last.value = next_cursor === null ? null : (items.at(-1) ?? this.last.value);
    this.cursor.value = next_cursor;
  }
}
