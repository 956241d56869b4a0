import * as wf from '@temporalio/workflow';
import type { Activities } from '../activities';
import { wakeSignal, type WebhookInput } from '../src/temporal/contract';
import { assertSameCode } from './same-code';

const { deliver } = wf.proxyActivities<Activities>({
  startToCloseTimeout: '2m',
  heartbeatTimeout: '10s',
  summary: 'deliveries to a webhook',
  retry: { initialInterval: '1s', maximumInterval: '30s' },
});

/** A workflow with nothing to do for this long ends. The next delivery starts it again. */
const IDLE = '1h';
const EVENTS_PER_RUN = 1_000;

/**
 * Delivers to one endpoint: when it is woken because deliveries wait, and when a failed delivery is due
 * again. The deliveries and their times are in the database. There is one workflow for each endpoint.
 */
export async function webhook_delivery(input: WebhookInput): Promise<void> {
  assertSameCode();
  let woken = false;
  wf.setHandler(wakeSignal, () => void (woken = true), {
    description: 'Deliveries wait. Sent by the service itself; no payload.',
  });
  for (;;) {
    woken = false;
    const { next } = await deliver(input.webhook);
    if (isOver() && !woken) await handOver(input);
    const pause = next === null ? IDLE : Math.max(1, next - Date.now());
    const summary = next === null ? 'nothing waits' : 'until the next try';
    const told = await wf.condition(() => woken, pause, { summary });
    if (!told && next === null) return;
  }
}

/** Whether the history is long, or another build is current. */
function isOver(): boolean {
  const { historyLength, targetWorkerDeploymentVersionChanged } = wf.workflowInfo();
  return historyLength > EVENTS_PER_RUN || targetWorkerDeploymentVersionChanged;
}

async function handOver(input: WebhookInput): Promise<void> {
  const outmoded = wf.workflowInfo().targetWorkerDeploymentVersionChanged;
  const onward = wf.makeContinueAsNewFunc<typeof webhook_delivery>(
    outmoded ? { initialVersioningBehavior: 'AUTO_UPGRADE' } : {},
  );
  await onward(input);
}
