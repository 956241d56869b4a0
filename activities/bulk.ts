import { activityInfo, heartbeat, sleep } from '@temporalio/activity';
import type { Pool } from 'pg';
import {
  bulkTask,
  claimUndecided,
  claimUnsent,
  endBulk,
  noteDecided,
  type BulkTask,
} from '../src/db/bulk-work';
import { bulkEventId } from '../src/domain/bulk';
import type { Event } from '../src/domain/events';
import type { TemporalClient } from '../src/temporal/client';
import { ConversationFullError } from '../src/temporal/errors';
import { forEachPaced } from './paced';

/** How fast a job's events are sent: other conversations' events want the worker, too. */
const PACE = { perSecond: 200, atOnce: 16 };
const PAGE = 100;
/** Of a page, for those that were sent before and are not decided. So there is always room for others. */
const AGAIN = 25;
const AGAIN_AFTER_MS = 30_000;
const WAIT_MS = 5_000;
const LOOK_EVERY_MS = 100;

export interface BulkActivities {
  /** Sends to the next conversations, and notes what was decided. @returns how many it sent to, and whether it was all */
  bulkPage(job: string): Promise<{ over: boolean; sent: number }>;
}

export function bulkActivities(pool: Pool, temporal: Pick<TemporalClient, 'signal'>): BulkActivities {
  return {
    async bulkPage(job) {
      const task = await bulkTask(pool, job);
      if (!task) return { over: true, sent: 0 };
      await noteDecided(pool, job);
      // an attempt that was cut off may have claimed some without sending them
      const cutOff = activityInfo().attempt > 1;
      const before = new Date(Date.now() - (cutOff ? 0 : AGAIN_AFTER_MS));
      const again = await claimUndecided(pool, job, cutOff ? PAGE : AGAIN, before);
      const fresh = task.state === 'running' ? await claimUnsent(pool, job, PAGE) : [];
      const all = [...again, ...fresh];
      await forEachPaced(all, PACE, (conversation) => sendTo(temporal, task, job, conversation));
      await untilDecided(pool, job);
      return { over: await endBulk(pool, job), sent: fresh.length };
    },
  };
}

async function sendTo(
  temporal: Pick<TemporalClient, 'signal'>,
  { account, inbox, event }: BulkTask,
  job: string,
  conversation: string,
): Promise<void> {
  try {
    await temporal.signal({ account, inbox, conversation }, { ...event, id: bulkEventId(job) } as Event);
  } catch (error) {
    if (!(error instanceof ConversationFullError)) throw error; // that one is tried again later
  }
  heartbeat();
}

/** Most are decided within milliseconds. Those that are not are looked for with the next page. */
async function untilDecided(pool: Pool, job: string): Promise<void> {
  const until = Date.now() + WAIT_MS;
  while ((await noteDecided(pool, job)) > 0 && Date.now() < until) {
    heartbeat();
    await sleep(LOOK_EVERY_MS);
  }
}
