import { setTimeout as sleep } from 'node:timers/promises';
import { figure, interleaved } from '../rounds';
import { perSecond, round, type Bench, type Line, type Row } from '../row';
import type { Setup } from '../setup';
import { mean, median } from '../statistics';
import { Endpoint } from '../told/endpoint';
import { ourJob } from './load';

const GOAL = 0.5;
/** How many conversations the waiting deliveries are of. Of each only the first is due. */
const CONVERSATIONS = 1_000;
/** How many deliveries the service posts to an endpoint at a time. */
const AT_ONCE = 64;

/** Deliveries while 100,000 wait. The limit is what the same receiver takes from a load generator at the same concurrency. */
export const webhooks: Row = {
  numbers: ['15'],
  async measure({ setup, effort, say, progress }: Bench): Promise<Line[]> {
    const fresh = `first-${process.pid}-`;
    const waiting = effort.quick ? 20_000 : 100_000;
    const endpoint = await Endpoint.start(setup);
    try {
      await endpoint.is('paused');
      await setup.loader.run({ ...ourJob(setup, { inFlight: 1 }, 5, { of: fresh, wait: true }), atMost: 1 });
      const body = await bodyOf(setup);
      const bare = async () => {
        const target = { kind: 'post' as const, url: `${endpoint.url}/hook`, body };
        const load = { inFlight: AT_ONCE };
        const job = { target, name: { of: '', run: '' }, conversations: 1, load, seconds: effort.seconds };
        const before = await endpoint.count();
        const { began, ended } = await setup.loader.run(job);
        return ((await endpoint.count()) - before) / ((ended - began) / 1000);
      };
      const ours = async () => {
        say(`${waiting} deliveries wait`);
        await fill(setup, endpoint, waiting);
        return delivered(endpoint, effort.seconds);
      };
      // V8 optimizes what posts and what delivers only after some thousands.
      await bare();
      await ours();
      const rounds = await interleaved(effort.rounds, bare, ours, progress('deliveries per second'));
      const pairs = rounds.map((r) => ({ limit: mean(r.limit), ours: mean(r.ours) }));
      const ratio = figure(pairs.map((p) => p.ours / p.limit));
      return [
        {
          ...{ n: '15', what: `webhook deliveries, ${waiting.toLocaleString('en')} waiting` },
          goal: `≥ ${round(GOAL)} ×`,
          limit: `${perSecond(median(pairs.map((p) => p.limit)))} (the receiver, ${AT_ONCE} at a time)`,
          ours: perSecond(median(pairs.map((p) => p.ours))),
          ...{ ratio: round(ratio.median), spread: `${round(ratio.least)}–${round(ratio.most)}` },
          pass: ratio.median >= GOAL,
          raw: pairs,
        },
      ];
    } finally {
      await endpoint.stop();
    }
  },
};

/** So many a second, from the moment at which it has begun. */
async function delivered(endpoint: Endpoint, seconds: number): Promise<number> {
  const before = await endpoint.count();
  await endpoint.is('active');
  while ((await endpoint.count()) === before) await sleep(10);
  await sleep(500);
  const [first, began] = [await endpoint.count(), performance.now()];
  await sleep(seconds * 1000);
  const [last, ended] = [await endpoint.count(), performance.now()];
  await endpoint.is('paused');
  for (let n = last, seen = -1; n !== seen; n = await endpoint.count()) {
    seen = n;
    await sleep(500);
  }
  return (last - first) / ((ended - began) / 1000);
}

/** What an endpoint is really sent. */
async function bodyOf({ pool, inbox }: Setup): Promise<string> {
  const { rows } = await pool.query<{ body: string }>(
    `SELECT payload::text AS body FROM outbox WHERE inbox = $1 AND type = 'conversation.status_changed' LIMIT 1`,
    [inbox],
  );
  if (!rows[0]) throw new Error('nothing was decided before that could be told');
  return rows[0].body;
}

/** Fills the outbox as decisions do, and waits until deliveries are made of it. */
async function fill({ pool, inbox }: Setup, { webhook }: Endpoint, wanted: number): Promise<void> {
  const waiting = async () => {
    const { rows } = await pool.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM deliveries WHERE webhook = $1 AND state = 'pending'`,
      [webhook],
    );
    return rows[0]?.n ?? 0;
  };
  await pool.query(
    `INSERT INTO outbox (account, inbox, conversation, seq, nth, type, payload, created_at)
     SELECT account, inbox, 'told-' || i % ${CONVERSATIONS}, last + i, 0, type, payload, now()
     FROM (SELECT max(id) AS last FROM outbox) before, (SELECT * FROM outbox WHERE inbox = $1 AND type = 'conversation.status_changed' LIMIT 1) one,
       generate_series(1, $2::int) i`,
    [inbox, Math.max(0, wanted - (await waiting()))],
  );
  while ((await waiting()) < wanted) await sleep(200);
}
