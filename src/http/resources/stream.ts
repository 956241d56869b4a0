import { z } from 'zod';
import type { AccountDatabase } from '../../db/database';
import { KEYS_CHANGED } from '../../db/keys';
import type { Listener } from '../../db/listener';
import { EFFECT_TYPES } from '../../domain/effect-types';
import { operation, type Operation } from '../core/operation';
import { inboxParams } from '../core/shapes';
import type { Services } from './services';
import { StreamFeed } from './stream-feed';
import { placeOf, StreamSession } from './stream-session';

const BEAT_MS = 15_000;
/** Nobody announces that a key expires. */
const CHECK_MS = 1_000;

const query = z.strictObject({
  types: z
    .preprocess(
      (value) => (typeof value === 'string' ? value.split(',') : value),
      z.array(z.enum(EFFECT_TYPES)),
    )
    .optional()
    .describe('Only these; absent: all'),
  after: z.string().max(600).optional().describe('As `Last-Event-ID`, for those who cannot send headers'),
});
const headers = z.object({
  'Last-Event-ID': z
    .string()
    .max(600)
    .optional()
    .describe(
      'The `id` that was seen last: the stream goes on after it. `event: reset` where that is not possible',
    ),
});

/** All streams of this process, with one feed for each account that has readers. */
export class Streams {
  private readonly feeds = new Map<string, StreamFeed>();
  private readonly timers: NodeJS.Timeout[];

  constructor(listener: Listener) {
    listener.on('told', (account) => this.feeds.get(account)?.told());
    listener.on(KEYS_CHANGED, () => this.each((feed) => feed.check()));
    listener.onBack(() => this.each((feed) => feed.told()));
    this.timers = [
      setInterval(() => this.beat(), BEAT_MS),
      setInterval(() => this.each((feed) => feed.check()), CHECK_MS),
    ];
  }

  feedOf(db: AccountDatabase): StreamFeed {
    const feed = this.feeds.get(db.account) ?? new StreamFeed(db);
    this.feeds.set(db.account, feed);
    return feed;
  }

  close(): void {
    this.timers.forEach(clearInterval);
    this.each((feed) => feed.end());
  }

  private beat(): void {
    this.each((feed, account) => {
      feed.beat();
      if (feed.isIdle) this.feeds.delete(account);
    });
  }

  private each(work: (feed: StreamFeed, account: string) => void): void {
    for (const [account, feed] of this.feeds) work(feed, account);
  }
}

export function streamOperations({ inboxes, streams }: Services): Operation[] {
  return [
    operation({
      name: 'stream_changes',
      tag: 'Stream',
      method: 'get',
      path: '/v1/inboxes/:inbox/stream',
      summary: 'What is decided in an inbox, as server-sent events: the same that webhooks are told',
      scope: 'conversations:read',
      params: inboxParams,
      query,
      headers,
      answers: { 200: z.string() },
      streams: 'text/event-stream',
      async handle({
        db,
        params: { inbox },
        query: { types, after },
        headers,
        method,
        response,
        stillAllowed,
      }) {
        await inboxes.require(db, inbox);
        if (method === 'HEAD') return { status: 200, headers: { 'Content-Type': 'text/event-stream' } };
        const wanted = types && new Set<string>(types);
        const session = new StreamSession(response, db.account, inbox, wanted ?? null, stillAllowed);
        const last = headers['last-event-id']?.toString() ?? after;
        const from = last ? placeOf(session.listing, last) : null;
        await streams.feedOf(db).join(session, from);
        return null;
      },
    }),
  ];
}
