import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import { audit } from '../harness/audit';
import { Load } from '../harness/load';
import { ask, askOften, machineDelay, quantile, type Probe, readyAgain } from '../harness/probe';
import { broken, type Row } from '../harness/row';
import { within } from './02-temporal-killed';

/**
 * The most connections there should be: the pools of an API and a worker, their listeners, and our own.
 */
const STORM = 40;

/** PostgreSQL stops as if its machine lost power, and stays away. Meanwhile events are accepted. */
export const postgresStopped: Row = {
  n: 3,
  promise: 'PostgreSQL going away loses nothing, and events are still accepted',
  async run({ world, seed, short, inbox }) {
    const [stops, awayMs] = short ? [1, 6_000] : [5, 30_000];
    const [api, worker] = [world.api(), world.worker()];
    await Promise.all([api.start(), worker.start()]);
    const settings = await world.inbox(inbox, { csat: { enabled: true } });
    const load = new Load({
      ...{ client: world.client(), inbox, seed },
      ...(short ? { rate: 20, conversations: 20 } : { rate: 40, conversations: 60 }),
    }).start();
    await sleep(2_000);
    const reads: Probe[] = [];
    let acceptedAway = 0;
    let sessions = 0;
    let delay = 0;
    for (let i = 0; i < stops; i += 1) {
      await world.postgres.kill('SIGQUIT');
      const before = load.accepted;
      const machine = machineDelay(world.url, world.key);
      const reading = askOften(200, () => ask(world.url, world.key, `/v1/inboxes/${inbox}/counts`));
      await sleep(awayMs);
      reads.push(...(await reading.end()));
      delay = Math.max(delay, await machine.end());
      acceptedAway += load.accepted - before;
      await world.postgres.start();
      sessions = Math.max(sessions, await mostSessions(world.pool, 3_000));
      await sleep(2_000);
    }
    const sent = await load.finish();
    const found = await audit(world, { inbox, settings, sent, withinMs: 60_000 });
    const back = await readyAgain(world);
    return {
      audit: found,
      failed: broken({
        'events are accepted while PostgreSQL is away': acceptedAway > stops,
        'reads are answered 503 meanwhile': reads.every((p) => p.status === 503),
        'each of these with Retry-After of at most 2 s': reads.every((p) => within(p.retryAfter)),
        'each of these within 2 s': reads.every((p) => p.ms <= 2_000 + delay),
        'no storm of connections when it is back': sessions <= STORM,
        'the worker lives through it': worker.isRunning,
        'ready again once it is back': back,
      }),
      figures: {
        stops,
        'seconds away each': awayMs / 1_000,
        'accepted meanwhile': acceptedAway,
        'refused reads': reads.length,
        'delay by the machine (ms)': delay,
        'p99 of refusals (ms)': quantile(reads, 0.99),
        'most sessions after': sessions,
      },
    };
  },
};

async function mostSessions(pool: Pool, forMs: number): Promise<number> {
  let most = 0;
  for (const end = Date.now() + forMs; Date.now() < end; await sleep(100)) {
    const { rows } = await pool.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM pg_stat_activity WHERE backend_type = 'client backend'`,
    );
    most = Math.max(most, rows[0]?.n ?? 0);
  }
  return most;
}
