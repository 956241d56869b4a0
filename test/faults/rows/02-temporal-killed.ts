import { setTimeout as sleep } from 'node:timers/promises';
import { audit } from '../harness/audit';
import { Load } from '../harness/load';
import { ask, askOften, machineDelay, type Probe, readyAgain } from '../harness/probe';
import { Random } from '../harness/random';
import { broken, type Row } from '../harness/row';

const PROMISED_MS = 2_000;

/** Temporal is killed and stays away for a while. Meanwhile events get 503, and reads work. */
export const temporalKilled: Row = {
  n: 2,
  promise: 'Temporal going away loses nothing and is told honestly',
  async run({ world, seed, short, inbox }) {
    const random = new Random(seed);
    const kills = short ? 2 : 10;
    const [api, worker] = [world.api(), world.worker()];
    await Promise.all([api.start(), worker.start()]);
    const settings = await world.inbox(inbox, { csat: { enabled: true } });
    const load = new Load({
      ...{ client: world.client(), inbox, seed },
      ...(short ? { rate: 20, conversations: 20 } : { rate: 60, conversations: 60 }),
    }).start();
    const post = (n: number) => ({ id: `p${n}`, type: 'message' });
    const path = `/v1/inboxes/${inbox}`;
    const [writes, reads]: [Probe[], Probe[]] = [[], []];
    let probed = 0;
    let delay = 0;
    for (let i = 0; i < kills; i += 1) {
      await sleep(random.between(500, 2_000));
      await world.temporal.kill('SIGKILL');
      const machine = machineDelay(world.url, world.key);
      const writing = askOften(100, () =>
        ask(world.url, world.key, `${path}/conversations/probe/events`, post((probed += 1))),
      );
      const reading = askOften(200, () => ask(world.url, world.key, `${path}/counts`));
      await sleep(random.between(1_500, 4_000));
      const [written, read] = await Promise.all([writing.end(), reading.end()]);
      writes.push(...written);
      reads.push(...read);
      delay = Math.max(delay, await machine.end());
      await world.temporal.start();
    }
    const sent = await load.finish();
    const back = await readyAgain(world);
    if (!worker.isRunning) await worker.start();
    const found = await audit(world, { inbox, settings, sent, withinMs: 60_000 });
    return {
      audit: found,
      failed: broken({
        'a write is answered 503 while Temporal is away': writes.every((p) => p.status === 503),
        'each of these with Retry-After of at most 2 s': writes.every((p) => within(p.retryAfter)),
        'each of these within 2 s': writes.every((p) => p.ms <= PROMISED_MS + delay),
        'reads are answered meanwhile': reads.every((p) => p.status === 200),
        'ready again once Temporal is back': back,
      }),
      figures: {
        kills,
        'refused writes': writes.length,
        'slowest refusal (ms)': Math.max(...writes.map((p) => p.ms)),
        'delay by the machine (ms)': delay,
        'reads meanwhile': reads.length,
        ...statuses(writes),
      },
    };
  },
};

export function within(retryAfter: string | null): boolean {
  return retryAfter !== null && Number(retryAfter) <= 2;
}

/** How often each other status than 503 came. */
function statuses(probes: Probe[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status } of probes) {
    if (status !== 503) counts[`writes answered ${status}`] = (counts[`writes answered ${status}`] ?? 0) + 1;
  }
  return counts;
}
