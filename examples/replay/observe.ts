/** What the service shows of a conversation, read through its API. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { z } from 'zod';
import { conversationRecord } from '../../src/domain/record-schema';
import type { Settings } from '../../src/domain/settings';
import { countsAnswer, episodeAnswer, page, timelineEntry, type Counts } from '../service/answers';
import { Refusal, type Client } from '../service/client';
import type { SentConversation } from './drive';
import { verify, type Finding, type Observed } from './verify';

const POLL_MS = 500;
/** A page of the timeline: the most the API gives. */
const PAGE = 200;

/**
 * Reads again until nothing was applied meanwhile, so that all parts are from one moment.
 * @returns null if the service does not know the conversation
 */
async function observe(client: Client, inbox: string, conversation: string): Promise<Observed | null> {
  const path = `/v1/inboxes/${inbox}/conversations/${conversation}`;
  try {
    for (;;) {
      const before = await client.ask(conversationRecord, 'GET', path);
      const timeline = await allOf(client, `${path}/timeline`, timelineEntry);
      const episodes = await allOf(client, `${path}/episodes`, episodeAnswer);
      const after = await client.ask(conversationRecord, 'GET', path);
      if (before.version === after.version) return { conversation: after, timeline, episodes };
    }
  } catch (error) {
    if (error instanceof Refusal && error.reply.status === 404) return null;
    throw error;
  }
}

async function allOf<T extends z.ZodType>(client: Client, path: string, item: T): Promise<z.infer<T>[]> {
  const items: z.infer<T>[] = [];
  let cursor: string | null = null;
  do {
    const query: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const read: { items: z.infer<T>[]; next_cursor: string | null } = await client.ask(
      page(item),
      'GET',
      `${path}?limit=${PAGE}${query}`,
    );
    items.push(...read.items);
    cursor = read.next_cursor;
  } while (cursor !== null);
  return items;
}

export function readCounts(client: Client, inbox: string): Promise<Counts> {
  return client.ask(countsAnswer, 'GET', `/v1/inboxes/${inbox}/counts`);
}

/**
 * Waits until every conversation is closed and archived, as all end; or until nothing has changed for this
 * many milliseconds.
 * @returns whether all are closed and archived
 */
export async function settled(
  client: Client,
  inbox: string,
  conversations: number,
  quiet_ms: number,
): Promise<boolean> {
  let last = '';
  let movedAt = Date.now();
  while (Date.now() - movedAt < quiet_ms) {
    const counts = await readCounts(client, inbox);
    if (counts.status.closed === conversations && counts.archived === conversations) return true;
    const now = JSON.stringify(counts);
    if (now !== last) movedAt = Date.now();
    last = now;
    await sleep(POLL_MS);
  }
  return false;
}

/** What is missing may not be written yet, so it looks again until this time. */
export async function verified(
  client: Client,
  inbox: { inbox: string; settings: Settings },
  { conversation, events }: SentConversation,
  patience_ms: number,
): Promise<{ observed: Observed | null; findings: Finding[] }> {
  for (const began = Date.now(); ; await sleep(POLL_MS)) {
    const observed = await observe(client, inbox.inbox, conversation);
    const findings = verify(conversation, events, observed, inbox.settings);
    const mayCome = findings.some((f) => f.kind === 'lost');
    if (!mayCome || Date.now() - began > patience_ms) return { observed, findings };
  }
}
