import * as wf from '@temporalio/workflow';
import type { Activities } from '../activities';
import type { BulkInput } from '../src/temporal/contract';
import { assertSameCode } from './same-code';

const { bulkPage } = wf.proxyActivities<Activities>({
  startToCloseTimeout: '5m',
  heartbeatTimeout: '10s',
  summary: 'bulk',
  retry: { initialInterval: '500ms', maximumInterval: '30s' },
});

const PAGES_PER_RUN = 500;
/** While nothing is left but to wait for decisions. */
const PAUSE = '2s';

/**
 * Sends one event to many conversations, page by page, and notes what was decided of each. Which conversations, and how far it is,
 * is in the database only: its own history names none of them.
 */
export async function bulk({ job }: BulkInput): Promise<void> {
  assertSameCode();
  for (let page = 0; page < PAGES_PER_RUN; page += 1) {
    const { over, sent } = await bulkPage(job);
    if (over) return;
    if (sent === 0) await wf.sleep(PAUSE, { summary: 'before it looks again' });
  }
  await wf.continueAsNew<typeof bulk>({ job });
}
