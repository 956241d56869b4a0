/** What reports count, made anew from the timeline, page by page. */
import type { Pool } from 'pg';
import type { ConversationKey } from '../domain/key';
import { everyConversation, rebuildReports, uncounted } from '../db/report-rebuild';

const PAGE = 100;

/**
 * Counts every conversation anew.
 *
 * @returns how many conversations there are, and how many rows differed: none, unless something is wrong
 */
export async function rebuildAll(
  pool: Pool,
  dryRun: boolean,
  tell: (conversations: number) => void,
): Promise<{ conversations: number; differences: number }> {
  let [conversations, differences] = [0, 0];
  for await (const keys of pages((after) => everyConversation(pool, after, PAGE))) {
    differences += await rebuildReports(pool, keys, dryRun);
    conversations += keys.length;
    tell(conversations);
  }
  return { conversations, differences };
}

/**
 * Counts conversations that were decided before reports were kept. Those of them that go on count themselves
 * at their next decision.
 *
 * @param until epoch milliseconds; the next call goes on from where this one ends
 * @returns how many it counted
 */
export async function countOlder(pool: Pool, until: number): Promise<number> {
  let counted = 0;
  for await (const keys of pages((after) => uncounted(pool, after, PAGE))) {
    await rebuildReports(pool, keys, false);
    counted += keys.length;
    if (Date.now() >= until) return counted;
  }
  return counted;
}

async function* pages(
  read: (after: ConversationKey | null) => Promise<ConversationKey[]>,
): AsyncGenerator<ConversationKey[]> {
  let after: ConversationKey | null = null;
  for (;;) {
    const keys: ConversationKey[] = await read(after);
    if (keys.length > 0) yield keys;
    if (keys.length < PAGE) return;
    after = keys.at(-1) ?? null;
  }
}
