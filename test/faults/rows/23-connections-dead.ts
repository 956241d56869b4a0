import { setTimeout as sleep } from 'node:timers/promises';
import { audit } from '../harness/audit';
import { Load } from '../harness/load';
import { ask, askOften, readyAgain } from '../harness/probe';
import { broken, type Row } from '../harness/row';
import { until } from '../harness/until';
import type { World } from '../harness/world';

const WRITES_WITHIN_MS = 15_000;
const READS_WITHIN_MS = 5_000;
/** longer than both limits, so that a part that does not come back shows */
const WATCHED_MS = 25_000;

/** The connections to PostgreSQL die and nobody is told: packets vanish, nothing is closed, and new connections work. */
export const connectionsDead: Row = {
  n: 23,
  promise: 'a connection that dies without a word is noticed',
  async run({ world, seed, short, inbox }) {
    const [toApi, toWorker] = [await world.proxyTo('postgres'), await world.proxyTo('postgres')];
    const [api, worker] = [world.api({ postgres: toApi.port }), world.worker({ postgres: toWorker.port })];
    await Promise.all([api.start(), worker.start()]);
    const settings = await world.inbox(inbox, { csat: { enabled: true } });
    const load = new Load({
      ...{ client: world.client(), inbox, seed },
      ...(short ? { rate: 20, conversations: 20 } : { rate: 50, conversations: 60 }),
    }).start();
    await sleep(3_000);
    const healthy = await readyAgain(world);
    const frozen = { writes: 0, reads: 0, falselyReady: 0 };
    for (let i = 0; i < (short ? 1 : 4); i += 1) {
      toApi.freeze();
      toWorker.freeze();
      const found = await watched(world, inbox);
      frozen.writes = Math.max(frozen.writes, found.writes);
      frozen.reads = Math.max(frozen.reads, found.reads);
      frozen.falselyReady += found.falselyReady;
    }
    toWorker.freeze();
    toWorker.set('hold'); // the worker's connections stay dead; the API's work
    const told = await until(() => workerIs(world, 'unavailable'), WRITES_WITHIN_MS);
    const apart = (await readiness(world)).postgres === 'ok';
    toWorker.set('pass');
    toWorker.freeze();
    const back = await readyAgain(world);
    const sent = await load.finish();
    const found = await audit(world, { inbox, settings, sent, withinMs: 60_000 });
    return {
      audit: found,
      failed: broken({
        'ready before': healthy,
        'writes go on within 15 s': frozen.writes <= WRITES_WITHIN_MS,
        'reads go on within 5 s': frozen.reads <= READS_WITHIN_MS,
        'readyz does not say ok while nothing is written': frozen.falselyReady === 0,
        'a worker whose writes do not arrive is told by readyz': told,
        'and apart from PostgreSQL': apart,
        'ready again once they arrive': back,
        'both processes live through it': api.isRunning && worker.isRunning,
      }),
      figures: {
        'until the first write (ms)': frozen.writes,
        'until reads are served (ms)': frozen.reads,
        'falsely ready': frozen.falselyReady,
      },
    };
  },
};

/** How long nothing was written, how long reads were not served, and how often readyz said ok in spite of it. */
async function watched(world: World, inbox: string) {
  const began = Date.now();
  let [lastRefused, firstWrite, falselyReady] = [began, Infinity, 0];
  await sleep(500); // by now PostgreSQL has written what had reached it
  const before = await written(world, inbox);
  const reading = askOften(200, async () => {
    const probe = await ask(world.url, world.key, `/v1/inboxes/${inbox}/conversations/c0`);
    if (probe.status !== 200) lastRefused = Date.now();
    return probe;
  });
  while (Date.now() - began < WATCHED_MS) {
    if (firstWrite === Infinity && (await written(world, inbox)) > before) firstWrite = Date.now();
    const { ready } = await readiness(world);
    if (ready && firstWrite === Infinity && Date.now() - began > WRITES_WITHIN_MS) falselyReady += 1;
    if (firstWrite < Infinity && Date.now() - lastRefused > 8_000) break;
    await sleep(200);
  }
  await reading.end();
  return { writes: firstWrite - began, reads: lastRefused - began, falselyReady };
}

async function readiness({ url }: World): Promise<{ ready: boolean; worker: string; postgres: string }> {
  const response = await fetch(`${url}/readyz`);
  const parts = (await response.json()) as { worker: string; postgres: string };
  return { ...parts, ready: response.status === 200 };
}

async function workerIs(world: World, state: string): Promise<boolean> {
  return (await readiness(world)).worker === state;
}

/** How many decisions are written. */
async function written({ pool }: World, inbox: string): Promise<number> {
  const { rows } = await pool.query<{ n: number }>(
    'SELECT count(*)::int AS n FROM timeline WHERE inbox = $1',
    [inbox],
  );
  return rows[0]?.n ?? 0;
}
