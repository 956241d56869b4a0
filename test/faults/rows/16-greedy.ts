import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Settings } from '../../../src/domain/settings';
import { audit } from '../harness/audit';
import type { Sent } from '../harness/load';
import { ask, quantile, type Probe } from '../harness/probe';
import { broken, type Row } from '../harness/row';
import type { World } from '../harness/world';

const SLOW_CONNECTIONS = 200;
const GREEDY_READS = 60;

/**
 * Clients that send too slowly, and clients that use all database connections, do not slow down callers that
 * send events.
 */
export const greedy: Row = {
  n: 16,
  promise: 'slow or greedy clients do not hurt others',
  async run({ world, short, inbox }) {
    await Promise.all([world.api().start(), world.worker().start()]);
    const settings: Settings = await world.inbox(inbox);
    const requests = short ? 100 : 400;
    const sent: Sent[] = [];
    const good = () => goodRequests(world, inbox, requests, sent);
    await good(); // warm
    const before = await good();
    const slow = await slowConnections(world, SLOW_CONNECTIONS);
    const besideSlow = await good();
    slow.end();
    const between = await good();
    const greed = await exhaustedPool(world, inbox);
    const besideGreedy = await good();
    await greed.end();
    const after = await good();
    const found = await audit(world, { inbox, settings, sent, withinMs: 20_000 });
    const p99 = (probes: Probe[]) => quantile(probes, 0.99);
    const bound = (a: Probe[], b: Probe[]) => 2 * Math.max(p99(a), p99(b));
    return {
      audit: found,
      failed: broken({
        'p99 beside slow connections is below twice that without': p99(besideSlow) < bound(before, between),
        'p99 beside an exhausted pool is below twice that without': p99(besideGreedy) < bound(between, after),
      }),
      figures: {
        'p99 alone (ms)': [before, between, after].map(p99).join(', '),
        [`beside ${SLOW_CONNECTIONS} slow connections`]: p99(besideSlow),
        [`beside ${greed.held} reads that hold the pool`]: p99(besideGreedy),
      },
    };
  },
};

async function goodRequests(world: World, inbox: string, count: number, sent: Sent[]): Promise<Probe[]> {
  const probes: Probe[] = [];
  for (let i = 0; i < count; i += 1) {
    const conversation = `g${i % 10}`;
    const event = { id: `${conversation}.${sent.length}`, type: 'message' };
    const path = `/v1/inboxes/${inbox}/conversations/${conversation}/events`;
    const probe = await ask(world.url, world.key, path, event);
    const accepted = probe.status === 202;
    sent.push({
      conversation,
      sender: 'one',
      event,
      accepted,
      ...(!accepted && { problem: String(probe.status) }),
    });
    probes.push(probe);
  }
  return probes;
}

/** Connections that send their request a byte at a time. */
async function slowConnections({ url }: World, count: number): Promise<{ end: () => void }> {
  const request = `POST /v1/inboxes HTTP/1.1\r\nHost: slow\r\n${'X-Slow: yes\r\n'.repeat(50)}`;
  const sockets = Array.from({ length: count }, () =>
    connect({ host: '127.0.0.1', port: Number(new URL(url).port) }),
  );
  for (const socket of sockets) socket.on('error', () => {});
  let at = 0;
  const send = (socket: Socket) => socket.writable && socket.write(request[at % request.length] ?? 'x');
  const timer = setInterval(() => {
    sockets.forEach(send);
    at += 1;
  }, 300);
  await sleep(1_000);
  return {
    end: () => {
      clearInterval(timer);
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Reads that wait for a lock and so hold every connection of the API's pool. */
async function exhaustedPool({ pool, url, key }: World, inbox: string) {
  const locker = await pool.connect();
  await locker.query('BEGIN');
  await locker.query('LOCK TABLE episodes IN ACCESS EXCLUSIVE MODE');
  const path = `/v1/inboxes/${inbox}/conversations/g1/episodes`;
  let off = false;
  const readers = Array.from({ length: GREEDY_READS }, async () => {
    for (; !off; await sleep(100)) await ask(url, key, path);
  });
  await sleep(1_000);
  const { rows } = await pool.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM pg_stat_activity WHERE wait_event_type = 'Lock'`,
  );
  return {
    held: rows[0]?.n ?? 0,
    end: async () => {
      off = true;
      await locker.query('ROLLBACK');
      locker.release();
      await Promise.all(readers);
    },
  };
}
