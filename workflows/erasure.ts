import * as wf from '@temporalio/workflow';
import type { Activities } from '../activities';
import type { ErasureInput } from '../src/temporal/contract';
import { assertSameCode } from './same-code';

const { endRuns, deleteRows, deleteRuns, finishErasure } = wf.proxyActivities<Activities>({
  startToCloseTimeout: '1 day',
  heartbeatTimeout: '15s', // a statement has 12
  summary: 'erasure',
  retry: { initialInterval: '500ms', maximumInterval: '10s' },
});

/** What Temporal lists is a moment behind: nothing is left if it says so for so long. */
const QUIET_MS = 5_000;
const PAUSE_MS = { some: 250, none: 1_000 };
/** Somebody who goes on sending starts runs anew. They hold nothing of what is erased: they cannot load it. */
const MOST_ROUNDS = 60;

/**
 * Erases a conversation, an inbox or an account: first its runs, which hold its state; then its rows; then the histories. While
 * it runs, no workflow can load or write what is erased. Its own history has no name of it.
 */
export async function erasure({ erasure }: ErasureInput): Promise<void> {
  assertSameCode();
  await untilNone(() => endRuns(erasure), MOST_ROUNDS);
  await deleteRows(erasure);
  await untilNone(() => deleteRuns(erasure), Infinity);
  await finishErasure(erasure);
}

/** @param look how many there were; null if it is certain that there are no more */
async function untilNone(look: () => Promise<number | null>, most: number): Promise<void> {
  let quiet = 0;
  for (let round = 0; round < most; round += 1) {
    const found = await look();
    if (found === null || (found === 0 && quiet >= QUIET_MS)) return;
    const pause = found === 0 ? PAUSE_MS.none : PAUSE_MS.some;
    await wf.sleep(pause, { summary: 'before it looks again' });
    quiet = found === 0 ? quiet + pause : 0;
  }
}
