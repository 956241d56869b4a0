import * as wf from '@temporalio/workflow';
import type { Activities } from '../activities';
import { settingsChangedSignal, type RolloutInput } from '../src/temporal/contract';

const { rolloutPage, finishRollout } = wf.proxyActivities<Activities>({
  startToCloseTimeout: '1m',
  heartbeatTimeout: '15s',
  summary: 'settings rollout',
  retry: { initialInterval: '500ms', maximumInterval: '30s' },
});

/** How fast idle conversations are told, each at the cost of a few milliseconds of a worker. */
const SIGNALS_PER_SECOND = 100;
const PAGES_PER_RUN = 200;

/**
 * Tells the conversations of an inbox whose deadlines a change of settings moves. Page by page, at a bounded rate; a
 * change that comes meanwhile starts it over with the newer settings.
 */
export async function settings_rollout(
  input: RolloutInput,
  from: { after: string | null } = { after: null },
): Promise<void> {
  let changed = false;
  let { after } = from;
  let pages = 0;
  wf.setHandler(settingsChangedSignal, () => void (changed = true), {
    description: 'The inbox has other settings. Sent by the service itself; no payload.',
  });
  await wf.condition(() => changed, 1); // the signal that started it is not a further change
  for (;;) {
    if (changed) after = null;
    changed = false;
    const page = await rolloutPage({ ...input, after });
    await wf.sleep((page.signalled / SIGNALS_PER_SECOND) * 1000 || 1, { summary: 'pace of the rollout' });
    after = page.after;
    pages += 1;
    if (changed) continue;
    if (after === null) {
      await finishRollout({ ...input, settings_version: page.settings_version });
      if (!changed) return;
    } else if (pages >= PAGES_PER_RUN) await wf.continueAsNew<typeof settings_rollout>(input, { after });
  }
}
