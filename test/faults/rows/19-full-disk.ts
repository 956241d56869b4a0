import { setTimeout as sleep } from 'node:timers/promises';
import { audit } from '../harness/audit';
import { Load } from '../harness/load';
import { ask, askOften, readyAgain } from '../harness/probe';
import { broken, type Row } from '../harness/row';
import { fill } from '../harness/small-disk';

const DISK_MB = 500;

/**
 * The disk of both stores is full for a while. A store that ends is started again, as by a supervisor. All
 * events that were accepted before, meanwhile and after must be there.
 */
export const fullDisk: Row = {
  n: 19,
  promise: 'a full disk loses nothing, and is told honestly',
  world: { diskMb: DISK_MB },
  async run({ world, seed, short, inbox }) {
    const [times, fullMs] = short ? [1, 6_000] : [3, 15_000];
    await Promise.all([world.api().start(), world.worker().start()]);
    const settings = await world.inbox(inbox, { csat: { enabled: true } });
    const rate = short ? 20 : 50;
    const load = new Load({ client: world.client(), inbox, seed, rate, conversations: 40 }).start();
    let refused = 0;
    let wrong = 0;
    let restarts = 0;
    await sleep(2_000);
    for (let i = 0; i < times; i += 1) {
      const makeRoom = fill(world.folder.dir);
      const event = (n: number) => ({ id: `probe.${i}.${n}`, type: 'message' });
      let n = 0;
      const path = `/v1/inboxes/${inbox}/conversations/probe/events`;
      const asking = askOften(200, () => ask(world.url, world.key, path, event(n++)));
      await sleep(fullMs);
      const probes = await asking.end();
      refused += probes.filter((p) => p.status === 503).length;
      wrong += probes.filter((p) => p.status !== 503 && p.status !== 202).length;
      makeRoom();
      restarts += await world.revive();
      await sleep(3_000);
    }
    const sent = await load.finish();
    const found = await audit(world, { inbox, settings, sent, withinMs: 60_000 });
    const back = await readyAgain(world);
    return {
      audit: found,
      failed: broken({
        'the disk was full enough for events to be refused': refused > 0,
        'an event is accepted or answered 503, nothing else': wrong === 0,
        'ready again once there is room': back,
      }),
      figures: {
        times,
        'seconds full each': fullMs / 1_000,
        'refused meanwhile': refused,
        'stores that had to be started again': restarts,
      },
    };
  },
};
