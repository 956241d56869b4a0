import { signal } from '@preact/signals';
import type { Conversation, Episode, TimelineEntry } from '../../../clients/typescript/src/index.ts';
import { client, said } from '../model/session.ts';

const PAGE = 200;

/** Everything about one conversation. Its timeline is read from its end, as far back as somebody asks. */
export class Life {
  readonly conversation = signal<Conversation | null>(null);
  /** newest first */
  readonly timeline = signal<TimelineEntry[]>([]);
  readonly episodes = signal<Episode[]>([]);
  readonly hasOlder = signal(false);
  readonly error = signal('');
  private cursor: string | null = null;
  private readonly params;

  constructor(
    readonly inbox: string,
    readonly id: string,
  ) {
    this.params = { inbox, conversation: id };
  }

  /** Reads what is new. */
  async refresh(): Promise<void> {
    try {
      const path = this.params;
      const [conversation, timeline, episodes] = await Promise.all([
        client.value.GET('/v1/inboxes/{inbox}/conversations/{conversation}', { params: { path } }),
        this.page(),
        client.value.GET('/v1/inboxes/{inbox}/conversations/{conversation}/episodes', {
          params: { path, query: { limit: 50 } },
        }),
      ]);
      const oldest = timeline.items.at(-1)?.seq ?? 0;
      const older = this.timeline.value.filter((entry) => entry.seq < oldest);
      if (older.length === 0) this.endAt(timeline.next_cursor);
      this.timeline.value = [...timeline.items, ...older];
      this.episodes.value = episodes.items;
      this.conversation.value = conversation;
      this.error.value = '';
    } catch (error) {
      this.error.value = said(error);
    }
  }

  async older(): Promise<void> {
    if (this.cursor === null) return;
    try {
      const page = await this.page(this.cursor);
      this.timeline.value = [...this.timeline.value, ...page.items];
      this.endAt(page.next_cursor);
    } catch (error) {
      this.error.value = said(error);
    }
  }

  private page(cursor?: string) {
    return client.value.GET('/v1/inboxes/{inbox}/conversations/{conversation}/timeline', {
      params: { path: this.params, query: { limit: PAGE, cursor } },
    });
  }

  private endAt(cursor: string | null): void {
    this.cursor = cursor;
    this.hasOlder.value = cursor !== null;
  }
}
