import { signal, type Signal } from '@preact/signals';
import type { Conversation } from '../../../clients/typescript/src/index.ts';
import { inOrder, matches, type Filters, type Place, type Sort } from './filters.ts';

/** An action's result as it will probably be, until the service has answered. */
interface Expected {
  change: Partial<Conversation>;
  /** the version that it was made on */
  on: number;
}

/** What a list was asked for before is answered by then. */
const REMEMBERED_MS = 15_000;
const SHOWN_MS = 200;
const FRAME_MS = 17;

/**
 * The conversations of one inbox that the page has seen. What the list, the stream and answers to actions say about one is
 * reconciled by `version`: the later wins, in whatever order they come.
 */
export class Store {
  /** Goes up, at most some times a second, when something is shown differently. */
  readonly shown = signal(0);
  private readonly lists: Signal<number>[] = [];
  private readonly known = new Map<string, Conversation>();
  private readonly expected = new Map<string, Expected>();
  private readonly heardAt = new Map<string, number>();
  private timer: ReturnType<typeof setTimeout> | undefined;

  take(news: readonly Conversation[]): void {
    for (const c of news) {
      const id = c.conversation;
      this.heardAt.set(id, performance.now());
      const had = this.known.get(id);
      if (had && had.version > c.version) continue;
      this.known.set(id, c);
      const expected = this.expected.get(id);
      if (expected && c.version > expected.on) this.expected.delete(id);
    }
    if (news.length > 0) this.show();
  }

  /** As it is shown: with what is expected of it. */
  get(id: string): Conversation | undefined {
    const c = this.known.get(id);
    const expected = this.expected.get(id);
    return c && expected ? { ...c, ...expected.change } : c;
  }

  isExpected(id: string): boolean {
    return this.expected.has(id);
  }

  expect(id: string, change: Partial<Conversation>): void {
    const c = this.known.get(id);
    if (!c) return;
    this.expected.set(id, { change, on: c.version });
    this.show(0);
  }

  /** It was answered or refused: what is known is shown again. */
  forgetExpected(id: string): void {
    if (this.expected.delete(id)) this.show(0);
  }

  /** @param last where what was loaded ends; null: it does not end */
  list(filters: Filters, sort: Sort, last: Place | null): Conversation[] {
    const order = inOrder(sort);
    const found: Conversation[] = [];
    for (const id of this.known.keys()) {
      const c = this.get(id);
      if (c && matches(c, filters) && (last === null || order(c, last) <= 0)) found.push(c);
    }
    return found.sort(order);
  }

  /** Forgets what a list shows and the service's answer did not have, unless something was heard of it since that was asked. */
  leaveOut(shown: readonly Conversation[], answered: readonly Conversation[], asked: number): void {
    const has = new Set(answered.map((c) => c.conversation));
    const gone = shown.filter(
      ({ conversation: id }) => !has.has(id) && (this.heardAt.get(id) ?? 0) < asked && !this.expected.has(id),
    );
    for (const { conversation: id } of gone) this.known.delete(id);
    if (gone.length > 0) this.show();
  }

  /** Forgets all others, except what was heard lately: the stream tells of many more than are shown. */
  keepOnly(shown: Iterable<string>): void {
    const kept = new Set(shown);
    const before = performance.now() - REMEMBERED_MS;
    for (const id of this.known.keys()) {
      if (kept.has(id) || this.expected.has(id) || (this.heardAt.get(id) ?? 0) > before) continue;
      this.known.delete(id);
      this.heardAt.delete(id);
    }
  }

  /** As `shown`, for one list: the lists take turns, a frame each, so that no frame shows the changes of all. */
  shownInTurn(): Signal<number> {
    const turn = signal(0);
    this.lists.push(turn);
    return turn;
  }

  private show(inMs = SHOWN_MS): void {
    if (inMs === 0) {
      for (const one of [this.shown, ...this.lists]) one.value += 1;
      return;
    }
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      for (const [nth, one] of [this.shown, ...this.lists].entries())
        setTimeout(() => (one.value += 1), nth * FRAME_MS);
    }, inMs);
  }
}
