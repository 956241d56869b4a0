import * as wf from '@temporalio/workflow';
import type { Activities } from '../activities';
import type { ErasureInput } from '../src/temporal/contract';
import { assertSameCode } from './same-code';

const { endRuns, deleteRows, deleteRuns, finishErasure } = wf.proxyActivities<Activities>({
  startToCloseTimeout: '1 day',
  heartbeatTimeout: '30s',
  summary: 'erasure',
  retry: { initialInterval: '500ms', maximumInterval: '30s' },
});

/** What Temporal lists is a moment behind: nothing is left if it says so twice. */
const LOOKS = 2;
const PAUSE = '2s';
/** Somebody who goes on sending starts runs anew. They hold nothing of what is erased: they cannot load it. */
const MOST_ROUNDS = 10;

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

async function untilNone(look: () => Promise<number>, most: number): Promise<void> {
  let none = 0;
  for (let round = 0; none < LOOKS && round < most; round += 1) {
    none = (await look()) === 0 ? none + 1 : 0;
    if (none < LOOKS) await wf.sleep(PAUSE, { summary: 'before it looks again' });
  }
}
