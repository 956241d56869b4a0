import * as wf from '@temporalio/workflow';
import type { Activities } from '../activities';
import { settingsChangedSignal, type RolloutInput } from '../src/temporal/contract';
import { assertSameCode } from './same-code';

const { rolloutPage, finishRollout } = wf.proxyActivities<Activities>({
  startToCloseTimeout: '10m',
  heartbeatTimeout: '15s',
  summary: 'settings rollout',
  retry: { initialInterval: '500ms', maximumInterval: '30s' },
});

const PAGES_PER_RUN = 200;

interface Place {
  /** the last conversation that was looked at */
  after: string | null;
  /** the settings that all pages so far were judged under */
  settings_version: number | null;
}

const BEGINNING: Place = { after: null, settings_version: null };

/**
 * Tells the conversations of an inbox whose deadlines a change of settings moves. Page by page, at a bounded rate; a
 * change that comes meanwhile starts it over with the newer settings, whether it was signalled or not.
 */
export async function settings_rollout(input: RolloutInput, from: Place = BEGINNING): Promise<void> {
  assertSameCode();
  let changed = false;
  let place = from;
  let pages = 0;
  wf.setHandler(settingsChangedSignal, () => void (changed = true), {
    description: 'The inbox has other settings. Sent by the service itself; no payload.',
  });
  await wf.condition(() => changed, 1); // the signal that started it is not a further change
  for (;;) {
    if (changed) place = BEGINNING;
    changed = false;
    const page = await rolloutPage({ ...input, ...place });
    pages += 1;
    place = page.outdated ? BEGINNING : { after: page.after, settings_version: page.settings_version };
    if (changed || page.outdated) continue;
    if (page.after === null) {
      await finishRollout({ ...input, settings_version: page.settings_version });
      if (!changed) return;
    } else if (pages >= PAGES_PER_RUN) await wf.continueAsNew<typeof settings_rollout>(input, place);
  }
}
