import { randomUUID } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Settings } from '../../../src/domain/settings';
import { audit } from '../harness/audit';
import type { Sent } from '../harness/load';
import { ask, quantile, type Probe } from '../harness/probe';
import { broken, type Row } from '../harness/row';
import { until } from '../harness/until';
import type { World } from '../harness/world';

const SLOW_CONNECTIONS = 200;
const GREEDY_READS = 60;
const GREEDY_RATE = 20;
/** Other work may slow down the machine for a moment; then it is measured again. */
const TRIES = 3;

/** A load that may hurt other callers. It goes on until `end`. */
interface Burden {
  end: () => Promise<void> | void;
  /** in words, for the figures */
  what: () => string;
  /** whether the load really was there */
  isThere: () => boolean;
}

/** Clients that are slow, that take all they can get, or that stay, do not slow down callers that send events. */
export const greedy: Row = {
  n: 16,
  promise: 'slow or greedy clients do not hurt others',
  async run({ world, short, inbox }) {
    await Promise.all([world.api().start(), world.worker().start()]);
    const settings: Settings = await world.inbox(inbox);
    await world.inbox('quiet');
    const sent: Sent[] = [];
    const good = () => goodRequests(world, inbox, short ? 100 : 400, sent);
    await good(); // warm
    const burdens: Record<string, () => Promise<Burden>> = {
      'slow connections': () => slowConnections(world, SLOW_CONNECTIONS),
      'an exhausted pool': () => exhaustedPool(world, inbox),
      'a key over its rate': () => overItsRate(world),
      'idle streams': () => idleStreams(world, short ? 100 : 1_000),
    };
    const promises: Record<string, boolean> = {};
    const figures: Record<string, string> = {};
    for (const [name, begin] of Object.entries(burdens)) {
      const measured = await besides(begin, good);
      promises[`p99 beside ${name} is below twice that without`] = measured.isUnharmed;
      promises[`there were ${name}`] = measured.wasThere;
      figures[`p99 beside ${measured.what} (ms)`] = measured.tries.join(', then ');
    }
    const found = await audit(world, { inbox, settings, sent, withinMs: 20_000 });
    return { audit: found, failed: broken(promises), figures };
  },
};

async function besides(begin: () => Promise<Burden>, good: () => Promise<Probe[]>) {
  const p99 = async () => quantile(await good(), 0.99);
  const tries: string[] = [];
  for (;;) {
    const before = await p99();
    const burden = await begin();
    const beside = await p99();
    const [wasThere, what] = [burden.isThere(), burden.what()];
    await burden.end();
    const after = await p99();
    tries.push(`${beside} (alone ${before}, ${after})`);
    const isUnharmed = beside < 2 * Math.max(before, after);
    if (isUnharmed || tries.length === TRIES) return { isUnharmed, wasThere, what, tries };
  }
}

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
async function slowConnections(world: World, count: number): Promise<Burden> {
  const request = `POST /v1/inboxes HTTP/1.1\r\nHost: slow\r\n${'X-Slow: yes\r\n'.repeat(50)}`;
  const sockets = Array.from({ length: count }, () => connectTo(world));
  let at = 0;
  const send = (socket: Socket) => socket.writable && socket.write(request[at % request.length] ?? 'x');
  const timer = setInterval(() => {
    sockets.forEach(send);
    at += 1;
  }, 300);
  await sleep(1_000);
  return {
    isThere: () => at > 2,
    what: () => `${count} slow connections`,
    end: () => {
      clearInterval(timer);
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Reads that wait for a lock and so hold every connection of the API's pool. */
async function exhaustedPool({ pool, url, key }: World, inbox: string): Promise<Burden> {
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
  const held = rows[0]?.n ?? 0;
  return {
    isThere: () => held > 1,
    what: () => `${held} reads that hold the pool`,
    end: async () => {
      off = true;
      await locker.query('ROLLBACK');
      locker.release();
      await Promise.all(readers);
    },
  };
}

/** A key that sends ten times as much as it may. */
async function overItsRate(world: World): Promise<Burden> {
  const body = { name: 'greedy', scopes: ['events:write'], rate_per_second: GREEDY_RATE };
  const made = await world.client().request('POST', '/v1/keys', { body });
  const { key } = made.body as { key: string };
  const path = '/v1/inboxes/quiet/conversations/greedy/events';
  const counts = { taken: 0, refused: 0 };
  let off = false;
  const senders = Array.from({ length: 10 }, async () => {
    for (; !off; await sleep(50)) {
      const { status } = await ask(world.url, key, path, { id: randomUUID(), type: 'message' });
      if (status === 429) counts.refused += 1;
      else counts.taken += 1;
    }
  });
  await sleep(1_000);
  return {
    isThere: () => counts.refused > counts.taken,
    what: () => `a key over its rate (${counts.refused} refused, ${counts.taken} not)`,
    end: async () => {
      off = true;
      await Promise.all(senders);
    },
  };
}

/** Readers of an inbox in which nothing happens. */
async function idleStreams(world: World, count: number): Promise<Burden> {
  const request = `GET /v1/inboxes/quiet/stream HTTP/1.1\r\nHost: idle\r\nAuthorization: Bearer ${world.key}\r\n\r\n`;
  let open = 0;
  const sockets = Array.from({ length: count }, () => {
    const socket = connectTo(world);
    socket.once('data', (answer: Buffer) => {
      if (!answer.toString('latin1').startsWith('HTTP/1.1 200')) return;
      open += 1;
      socket.once('close', () => (open -= 1)).resume();
    });
    socket.write(request);
    return socket;
  });
  await until(() => open === count, 30_000);
  return {
    isThere: () => open === count,
    what: () => `${open} idle streams`,
    end: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}

function connectTo({ url }: World): Socket {
  const socket = connect({ host: '127.0.0.1', port: Number(new URL(url).port) });
  return socket.on('error', () => {});
}
