import { audit } from '../harness/audit';
import type { Sent } from '../harness/load';
import { post } from '../harness/load';
import { ask } from '../harness/probe';
import { broken, type Row } from '../harness/row';
import { until } from '../harness/until';

const GIVES_UP_MS = 60_000;
/** on top: the worker checks every 5 s, a check may take 5 s, and a stop waits for tasks */
const LATEST_MS = GIVES_UP_MS + 25_000;

/** A worker that has lost Temporal ends, so that its supervisor can start another one elsewhere. */
export const workerWithoutTemporal: Row = {
  n: 20,
  promise: 'a worker that has lost Temporal ends, and the API says that it is not ready',
  async run({ world, inbox }) {
    const [api, worker] = [world.api(), world.worker()];
    await Promise.all([api.start(), worker.start()]);
    const settings = await world.inbox(inbox, {});
    const sent: Sent[] = [];
    const say = async (n: number) => {
      const event = { id: `c.${n}`, type: 'message' };
      sent.push(await post(world.client(), inbox, { conversation: 'c', event, prefer: 'wait=10' }));
    };
    await say(1);
    const began = Date.now();
    await world.temporal.kill('SIGKILL');
    const unready = await until(
      async () => (await ask(world.url, world.key, '/readyz')).status === 503,
      10_000,
    );
    const ended = await until(() => Promise.resolve(!worker.isRunning), LATEST_MS);
    const seconds = (Date.now() - began) / 1_000;
    const how = ended ? (await worker.end('SIGKILL')).how : 'it runs';
    const reads = await ask(world.url, world.key, `/v1/inboxes/${inbox}/conversations/c`);
    const said = worker.said().includes('Temporal has not answered for 60 s');
    await world.temporal.start();
    await worker.start();
    await say(2);
    const found = await audit(world, { inbox, settings, sent, withinMs: 20_000 });
    return {
      audit: found,
      failed: broken({
        'the API says that it is not ready': unready,
        'the worker ends, after a minute': ended && seconds * 1_000 >= GIVES_UP_MS,
        'with a code that says that it failed': how === 'code 1',
        'and with a line that says why': said,
        'reads are answered meanwhile': reads.status === 200,
      }),
      figures: { 'ended after (s)': Math.round(seconds), how },
    };
  },
};
