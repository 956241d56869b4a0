import { setTimeout as sleep } from 'node:timers/promises';
import { audit } from '../harness/audit';
import { Load } from '../harness/load';
import type { Proxy } from '../harness/tcp-proxy';
import type { Row } from '../harness/row';

/**
 * Longer than a workflow task may take. Another worker does the stopped worker's tasks, and then that one
 * goes on.
 */
const STOPPED_MS = 12_000;
const SLOW_MS = 150;

/** Connections that are slow or cut, and processes that stop and go on later. */
export const network: Row = {
  n: 18,
  promise: 'slow and cut connections and sleeping processes lose nothing',
  async run({ world, seed, short, inbox }) {
    const rounds = short ? 1 : 5;
    const [postgres, temporal] = [await world.proxyTo('postgres'), await world.proxyTo('temporal')];
    const wires = { postgres: postgres.port, temporal: temporal.port };
    const [api, sleeper, other] = [world.api(wires), world.worker(wires), world.worker(wires)];
    await Promise.all([api.start(), sleeper.start(), other.start()]);
    const settings = await world.inbox(inbox, { csat: { enabled: true } });
    const load = new Load({
      ...{ client: world.client(), inbox, seed },
      ...(short ? { rate: 20, conversations: 20 } : { rate: 50, conversations: 60 }),
    }).start();
    for (let i = 0; i < rounds; i += 1) {
      for (const part of [sleeper, api]) {
        part.signal('SIGSTOP');
        await sleep(part === sleeper ? STOPPED_MS : 3_000);
        part.signal('SIGCONT');
      }
      for (const wire of [postgres, temporal]) await disturbed(wire);
    }
    const sent = await load.finish();
    const found = await audit(world, { inbox, settings, sent, withinMs: 60_000 });
    const alive = api.isRunning && sleeper.isRunning && other.isRunning;
    return { audit: found, failed: alive ? [] : ['all processes live through it'], figures: { rounds } };
  },
};

async function disturbed(wire: Proxy): Promise<void> {
  wire.set('slow', SLOW_MS);
  await sleep(4_000);
  wire.set('refuse');
  await sleep(3_000);
  wire.set('pass');
  await sleep(1_000);
}
