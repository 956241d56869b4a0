import { setTimeout as sleep } from 'node:timers/promises';
import { audit } from '../harness/audit';
import { Load } from '../harness/load';
import { Random } from '../harness/random';
import type { Row } from '../harness/row';

/** The worker is killed under load, again and again. */
export const workerKilled: Row = {
  n: 1,
  promise: 'an accepted event is applied once, in order (worker killed)',
  async run({ world, seed, short, inbox }) {
    const random = new Random(seed);
    const kills = short ? 3 : 20;
    const [api, worker] = [world.api(), world.worker()];
    await Promise.all([api.start(), worker.start()]);
    const settings = await world.inbox(inbox, { csat: { enabled: true } });
    const load = new Load({
      ...{ client: world.client(), inbox, seed },
      ...(short ? { rate: 60, conversations: 30 } : { rate: 200, most: 12_000, conversations: 100 }),
    }).start();
    for (let i = 0; i < kills; i += 1) {
      await sleep(random.between(200, 2_000));
      await worker.end('SIGKILL');
      await worker.start();
    }
    const sent = await load.finish();
    const found = await audit(world, { inbox, settings, sent, withinMs: 30_000 });
    return { audit: found, failed: [], figures: { kills } };
  },
};
