import { heartbeat } from '@temporalio/activity';

const BEAT_MS = 2_000;

/** Tells Temporal that the activity is still at work, so that one whose worker was killed is soon begun again by another. */
export async function stayingAlive<T>(work: () => Promise<T>): Promise<T> {
  const timer = setInterval(() => heartbeat(), BEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
