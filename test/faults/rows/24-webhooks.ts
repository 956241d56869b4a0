import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Telling } from '../../../src/domain/effect-json';
import { audit } from '../harness/audit';
import { Load } from '../harness/load';
import { Random } from '../harness/random';
import { broken, type Row } from '../harness/row';
import { until } from '../harness/until';
import { account, type World } from '../harness/world';

type Behaviour = 'good' | 'down' | 'slow' | 'failing' | 'redirecting';

/** An endpoint. `told` has what it answered with 2xx. */
class Receiver {
  readonly told: { id: string; telling: Telling }[] = [];
  behaviour: Behaviour = 'good';
  private readonly server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const telling = JSON.parse(Buffer.concat(chunks).toString()) as Telling;
      if (this.behaviour === 'down') return void request.socket.destroy();
      if (this.behaviour === 'failing') return void response.writeHead(500).end('no');
      if (this.behaviour === 'redirecting') return void response.writeHead(302, { Location: '/else' }).end();
      this.told.push({ id: String(request.headers['webhook-id']), telling });
      setTimeout(() => response.writeHead(204).end(), this.behaviour === 'slow' ? 500 : 0);
    });
  });

  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/`;
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}

/** The worker that delivers is killed, and the receiver fails in every way, while another endpoint is dead all the time. */
export const webhooks: Row = {
  n: 24,
  promise:
    'a webhook tells all, in order, and only the truth (worker killed, receiver failing, another endpoint dead)',
  async run({ world, seed, short, inbox }) {
    const random = new Random(seed);
    const kills = short ? 3 : 10;
    const [api, worker] = [world.api(), world.worker()];
    await Promise.all([api.start(), worker.start()]);
    const settings = await world.inbox(inbox, { csat: { enabled: true } });
    const [faulty, good] = [new Receiver(), new Receiver()];
    const urls = [await faulty.open(), await good.open(), 'http://127.0.0.1:9/'];
    const hooks = await Promise.all(urls.map((url) => addWebhook(world, url, inbox)));
    try {
      const load = new Load({
        ...{ client: world.client(), inbox, seed },
        ...(short ? { rate: 40, conversations: 20 } : { rate: 100, most: 4_000, conversations: 50 }),
      }).start();
      const behaviours = ['failing', 'slow', 'down', 'redirecting', 'good'] as const;
      for (let i = 0; i < kills; i += 1) {
        faulty.behaviour = behaviours[i % behaviours.length] ?? 'good';
        await sleep(random.between(1_000, 3_000));
        await worker.end('SIGKILL');
        await worker.start();
      }
      const sent = await load.finish();
      faulty.behaviour = 'good';
      const found = await audit(world, { inbox, settings, sent, withinMs: 60_000 });
      const goodMs = await drained(world, hooks[1]!);
      await pullForward(world, hooks[0]!);
      const faultyMs = await drained(world, hooks[0]!);
      const effects = await effectsOf(world, inbox);
      const [ofFaulty, ofGood] = [faulty, good].map((receiver) => verdictOf(receiver, effects));
      return {
        audit: found,
        failed: broken({
          'each effect is told at least once': ofFaulty!.missing === 0 && ofGood!.missing === 0,
          'nothing is told that did not happen': ofFaulty!.invented === 0 && ofGood!.invented === 0,
          'in the order of each conversation': ofFaulty!.disorder === 0 && ofGood!.disorder === 0,
          'an endpoint is not delayed by others': goodMs < 60_000,
        }),
        figures: {
          ...{ kills, effects: effects.size, told_again: ofFaulty!.repeated + ofGood!.repeated },
          ...{ good_drained_ms: goodMs, faulty_drained_ms: faultyMs },
        },
      };
    } finally {
      for (const receiver of [faulty, good]) receiver.close();
    }
  },
};

async function addWebhook(world: World, url: string, inbox: string): Promise<string> {
  const { status, body } = await world
    .client()
    .request('POST', '/v1/webhooks', { body: { url, inboxes: [inbox] } });
  if (status !== 201) throw new Error(`no webhook: ${status} ${JSON.stringify(body)}`);
  return (body as { webhook: string }).webhook;
}

/** Makes deliveries due now that would be tried again in minutes or hours. Their order stays. */
async function pullForward({ pool }: World, webhook: string): Promise<void> {
  await pool.query(
    `UPDATE deliveries SET due_at = now() WHERE webhook = $1 AND state = 'pending' AND due_at < 'infinity'`,
    [webhook],
  );
  await pool.query(
    `UPDATE webhooks SET held_until = NULL, failures = 0, wake_at = now() WHERE webhook = $1`,
    [webhook],
  );
}

/** @returns how long it took until no delivery waited and no effect was without a delivery */
async function drained({ pool }: World, webhook: string): Promise<number> {
  const began = performance.now();
  const isDrained = async () => {
    const { rows } = await pool.query<{ left: boolean }>(
      `SELECT EXISTS (SELECT FROM deliveries WHERE webhook = $1 AND state = 'pending') OR EXISTS (
         SELECT FROM outbox o JOIN webhooks w ON w.account = o.account AND w.webhook = $1
         WHERE (o.xid, o.id) > (w.heard_xid, w.heard_id)) AS left`,
      [webhook],
    );
    return rows[0]?.left === false;
  };
  await until(isDrained, 120_000);
  return Math.round(performance.now() - began);
}

/** The effects in the outbox, as JSON by their names. */
async function effectsOf({ pool }: World, inbox: string): Promise<Map<string, string>> {
  const { rows } = await pool.query<{ payload: Telling }>(
    'SELECT payload FROM outbox WHERE account = $1 AND inbox = $2',
    [account, inbox],
  );
  return new Map(rows.map(({ payload }) => [nameOf(payload), JSON.stringify(payload)]));
}

const nameOf = ({ type, data }: Telling) => `${data.conversation.conversation} ${data.seq} ${type}`;

function verdictOf({ told }: Receiver, effects: Map<string, string>) {
  const names = told.map(({ telling }) => nameOf(telling));
  const ids = new Set<string>();
  const last = new Map<string, number>();
  let disorder = 0;
  for (const { id, telling } of told) {
    if (ids.has(id)) continue; // a repetition may come after later deliveries
    ids.add(id);
    const { conversation } = telling.data.conversation;
    if (telling.data.seq < (last.get(conversation) ?? 0)) disorder += 1;
    last.set(conversation, telling.data.seq);
  }
  return {
    missing: [...effects.keys()].filter((name) => !names.includes(name)).length,
    invented: told.filter(({ telling }) => effects.get(nameOf(telling)) !== JSON.stringify(telling)).length,
    disorder,
    repeated: told.length - ids.size,
  };
}
