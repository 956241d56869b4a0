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
 * Signals the conversations of an inbox whose deadline moves under new settings, page by page and at a
 * bounded rate. If the settings change meanwhile, it starts again with the newer ones, also if nobody
 * signalled the change.
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
