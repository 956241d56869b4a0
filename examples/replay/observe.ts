/** What the service shows of a conversation, read through its API. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ProblemError, type Client, type Counts } from '../../clients/typescript/src/index';
import type { Settings } from '../../src/domain/settings';
import type { SentConversation } from './drive';
import { verify, type Finding, type Observed } from './verify';

const POLL_MS = 500;
/**
 * Reads again until nothing was applied meanwhile, so that all parts are from one moment.
 * @returns null if the service does not know the conversation
 */
async function observe(client: Client, inbox: string, conversation: string): Promise<Observed | null> {
  const path = '/v1/inboxes/{inbox}/conversations/{conversation}';
  const params = { path: { inbox, conversation } };
  try {
    for (;;) {
      const before = await client.GET(path, { params });
      const timeline = await all(client.items(`${path}/timeline`, { params }));
      const episodes = await all(client.items(`${path}/episodes`, { params }));
      const after = await client.GET(path, { params });
      if (before.version === after.version) return { conversation: after, timeline, episodes };
    }
  } catch (error) {
    if (error instanceof ProblemError && error.status === 404) return null;
    throw error;
  }
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** Of all conversations: the counts leave out those that are archived, as the list does, unless they are asked for. */
export function readCounts(client: Client, inbox: string): Promise<Counts> {
  const params = { path: { inbox }, query: { archived: 'any' as const } };
  return client.GET('/v1/inboxes/{inbox}/counts', { params });
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
