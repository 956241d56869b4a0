import { asyncLocalStorage } from '@temporalio/activity';
import { DatabaseError, type Pool } from 'pg';
import type { Logger } from 'pino';
import { recallDecision, type Recalled } from '../src/db/decisions';
import { knownEvents, type KnownEvent, loadConversations, writeDecisions } from '../src/db/writes';
import { Batcher } from '../src/db/batcher';
import { decisionId } from '../src/db/decision-lookup';
import { EVENT_TYPES, eventSchemas } from '../src/domain/events';
import type { Entry } from '../src/domain/timeline';
import type { ConversationKey } from '../src/domain/key';
import type { Loaded, Write } from '../src/domain/ledger';
import { isSameEvent } from '../src/domain/repeat';
import {
  conflicts,
  countWritten,
  unwritten,
  writeQueue,
  writeSeconds,
  writeSize,
} from '../src/metrics/decisions';
import { follow, sharedSpan } from '../src/metrics/tracing';

/**
 * What became of a write. Its digest is said back, so that the history keeps it and a replay that decides otherwise shows. On
 * a conflict nothing was written, and this is what stands in its way.
 */
export type Written =
  | { written: true; digest: string }
  | ({
      written: false;
      known: string[];
      /** how many of the known events have another content than the event that was decided under their id */
      reused?: number;
    } & Loaded);

/** The row, the settings, and how long this worker lets a run stay. */
export type LoadedForRun = Loaded & {
  /** how long a conversation with nothing left to do stays, in case an event comes */
  rest_after_ms: number;
};

export interface ConversationActivities {
  load(key: ConversationKey): Promise<LoadedForRun>;
  /** @param digest identifies these decisions */
  persist(write: Write, digest: string): Promise<Written>;
  /** The decision about an event; null if the event is not known. */
  recall(key: ConversationKey, event: string): Promise<Recalled | null>;
}

export interface ConversationOptions {
  /** for callers that ask how far behind the writes are; absent: a batcher of its own */
  writes?: Batcher<Write, boolean>;
  /** how long a conversation with nothing left to do stays, in case an event comes; absent: ten minutes */
  restAfterMs?: number;
  logger?: Logger;
}

const REST_AFTER_MS = 600_000;

/**
 * The database work of a conversation, as local activities. All conversations of the process share its
 * statements.
 */
export function conversationActivities(
  pool: Pool,
  { writes = writeBatcher(pool), restAfterMs = REST_AFTER_MS, logger }: ConversationOptions = {},
): ConversationActivities {
  const loads = new Batcher((keys: ConversationKey[]) => loadConversations(pool, keys), {
    ...shared,
    linger_ms: 0,
  });
  return {
    load: async (key) => ({ ...unlessErased(await loads.add(key, cancelled())), rest_after_ms: restAfterMs }),
    async persist(write, digest) {
      const entries = write.steps.map((s) => s.entry);
      follow(write);
      if (await writes.add(write, cancelled())) {
        countWritten(entries);
        if (logger?.isLevelEnabled('debug')) tell(logger, write);
        return { written: true, digest };
      }
      conflicts.inc();
      const events = entries.map((e) => e.event);
      const [found, known] = await Promise.all([
        loads.add(write.key, cancelled()),
        knownEvents(pool, write.key, events),
      ]);
      const loaded = unlessErased(found);
      const reused = known.filter((first) =>
        entries.some((e) => e.event === first.event && !isRepeat(e, first)),
      );
      return { written: false, known: known.map((k) => k.event), reused: reused.length, ...loaded };
    },
    recall: (key, event) => recallDecision(pool, { ...key, event }),
  };
}

/** One line for each decision, under the name that the API's log has for it too. Nothing of what was said. */
function tell(logger: Logger, { key, steps }: Write): void {
  for (const { entry } of steps) {
    const { event, type, verdict, reason, rule, from, to, version } = entry;
    const decision = decisionId({ ...key, event });
    logger.debug({ decision, type, verdict, reason, rule, from, to, version }, 'decided');
  }
}

/**
 * What is being erased is neither loaded nor written: a run that holds it is ended, and one that began since tries again until
 * it is erased.
 */
function unlessErased(loaded: Loaded | null): Loaded {
  if (!loaded) throw new BeingErasedError();
  return loaded;
}

class BeingErasedError extends Error {
  override readonly name = 'BeingErasedError';

  constructor() {
    super('the conversation is being erased');
  }
}

const shared = { size: 200, faultOfOne: isDataError };

/** Decisions of all conversations on their way into the database. */
export function writeBatcher(pool: Pool): Batcher<Write, boolean> {
  const write = (batch: Write[]) => measured(batch, () => writeDecisions(pool, batch));
  const writes = new Batcher(write, { ...shared, linger_ms: 5 });
  writeQueue.watch(writes);
  unwritten.watch(writes);
  return writes;
}

async function measured<T>(writes: Write[], statement: () => Promise<T>): Promise<T> {
  const took = writeSeconds.startTimer();
  writeSize.observe(writes.length);
  try {
    const result = await sharedSpan('write_decisions', writes, statement);
    took({ outcome: 'written' });
    return result;
  } catch (error) {
    took({ outcome: 'failed' });
    throw error;
  }
}

/** Aborted when the activity's time is up, or nobody waits for it any more. */
const cancelled = () => asyncLocalStorage.getStore()?.cancellationSignal;

/** Internal events (timers) have ids of the service, which never come twice. */
function isRepeat(again: Entry, first: KnownEvent): boolean {
  const type = EVENT_TYPES.find((t) => t === first.type && t === again.type);
  return type !== undefined && isSameEvent(eventSchemas[type](), again.data, first.data);
}

/**
 * SQLSTATE classes 22 and 23: a value or a constraint. So one conversation is at fault and not the database.
 */
function isDataError(error: unknown): boolean {
  return error instanceof DatabaseError && /^2[23]/.test(error.code ?? '');
}
