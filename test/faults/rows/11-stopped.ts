import { setTimeout as sleep } from 'node:timers/promises';
import { audit } from '../harness/audit';
import { Load } from '../harness/load';
import { Random } from '../harness/random';
import { broken, type Row } from '../harness/row';

/** What a supervisor usually waits. */
const PROMISED_MS = 10_000;

/** SIGTERM under load, to worker and API in turn. */
export const stopped: Row = {
  n: 11,
  promise: 'stopping is clean',
  async run({ world, seed, short, inbox }) {
    const random = new Random(seed);
    const stops = short ? 4 : 20;
    const [api, worker] = [world.api(), world.worker()];
    await Promise.all([api.start(), worker.start()]);
    const settings = await world.inbox(inbox, { csat: { enabled: true } });
    const load = new Load({
      ...{ client: world.client(), inbox, seed },
      ...(short ? { rate: 30, conversations: 30 } : { rate: 100, conversations: 100 }),
    }).start();
    const ends: { ms: number; how: string }[] = [];
    for (let i = 0; i < stops; i += 1) {
      const part = i % 2 === 0 ? worker : api;
      await sleep(random.between(300, 1_500));
      ends.push(await part.end('SIGTERM'));
      await part.start();
    }
    const sent = await load.finish();
    const found = await audit(world, { inbox, settings, sent, withinMs: 30_000 });
    return {
      audit: found,
      failed: broken({
        'each ends within 10 s': ends.every(({ ms }) => ms <= PROMISED_MS),
        'each ends with code 0': ends.every(({ how }) => how === 'code 0'),
      }),
      figures: {
        stops,
        'slowest stop (ms)': Math.max(...ends.map(({ ms }) => ms)),
        ends: [...new Set(ends.map(({ how }) => how))].join(' and '),
      },
    };
  },
};
