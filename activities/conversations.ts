import { asyncLocalStorage } from '@temporalio/activity';
import { DatabaseError, type Pool } from 'pg';
import { recallDecision, type Recalled } from '../src/db/decisions';
import { knownEvents, loadConversations, writeDecisions } from '../src/db/writes';
import { Batcher } from '../src/db/batcher';
import type { ConversationKey } from '../src/domain/key';
import type { Loaded, Write } from '../src/domain/ledger';

/**
 * What became of a write. Its digest is said back, so that the history keeps it and a replay that decides otherwise shows. On
 * a conflict nothing was written, and this is what stands in its way.
 */
export type Written = { written: true; digest: string } | ({ written: false; known: string[] } & Loaded);

export interface ConversationActivities {
  load(key: ConversationKey): Promise<Loaded>;
  /** @param digest tells these decisions from any others */
  persist(write: Write, digest: string): Promise<Written>;
  /** What was decided about an event, once; null where it is not known. */
  recall(key: ConversationKey, event: string): Promise<Recalled | null>;
}

/**
 * What a conversation asks of the database. Local activities: their database work is shared by all
 * conversations of the process.
 */
export function conversationActivities(pool: Pool, writes = writeBatcher(pool)): ConversationActivities {
  const loads = new Batcher((keys: ConversationKey[]) => loadConversations(pool, keys), {
    ...shared,
    linger_ms: 0,
  });
  return {
    load: (key) => loads.add(key, cancelled()),
    async persist(write, digest) {
      if (await writes.add(write, cancelled())) return { written: true, digest };
      const events = write.steps.map((s) => s.entry.event);
      const [loaded, known] = await Promise.all([
        loads.add(write.key, cancelled()),
        knownEvents(pool, write.key, events),
      ]);
      return { written: false, known, ...loaded };
    },
    recall: (key, event) => recallDecision(pool, { ...key, event }),
  };
}

const shared = { size: 200, faultOfOne: isDataError };

/** Decisions of all conversations on their way into the database. */
export function writeBatcher(pool: Pool): Batcher<Write, boolean> {
  return new Batcher((batch: Write[]) => writeDecisions(pool, batch), { ...shared, linger_ms: 5 });
}

/** Aborted when the activity's time is up, or nobody waits for it any more. */
const cancelled = () => asyncLocalStorage.getStore()?.cancellationSignal;

/** SQLSTATE classes 22 and 23: a value or a constraint, so one conversation's doing and not the database's. */
function isDataError(error: unknown): boolean {
  return error instanceof DatabaseError && /^2[23]/.test(error.code ?? '');
}
