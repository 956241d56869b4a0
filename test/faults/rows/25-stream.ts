import { setTimeout as sleep } from 'node:timers/promises';
import { Reader } from '../../http/support/sse';
import { audit } from '../harness/audit';
import { Load } from '../harness/load';
import { Random } from '../harness/random';
import { broken, type Row } from '../harness/row';
import { until } from '../harness/until';
import { account, type World } from '../harness/world';

/** A reader that is cut off, comes again, and goes on from the last id it saw. */
class Visitor {
  readonly seen: string[] = [];
  readonly ids: string[] = [];
  resets = 0;
  private lastId: string | undefined;
  private off = false;
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly world: World,
    private readonly inbox: string,
    private readonly random: Random,
    private readonly stayMs: () => number,
  ) {}

  /** Its first stream has begun when this resolves. */
  async start(): Promise<void> {
    const first = await this.open();
    await until(() => first.lastId !== undefined, 20_000);
    this.running = this.read(first);
  }

  async stop(): Promise<void> {
    this.off = true;
    await this.running;
  }

  private async read(first: Reader): Promise<void> {
    let reader: Reader | null = first;
    while (reader) {
      const end = Date.now() + this.stayMs();
      while (!this.off && !reader.ended && Date.now() < end) await sleep(20);
      await reader.close();
      this.take(reader);
      if (this.off) return;
      await sleep(this.random.between(0, 300));
      reader = await this.open();
    }
  }

  private async open(): Promise<Reader> {
    for (;;) {
      const url = `${this.world.url}/v1/inboxes/${this.inbox}/stream`;
      const reader = await Reader.open(url, this.world.key, this.lastId).catch(() => null);
      if (reader?.status === 200) return reader;
      await sleep(100); // the API is being killed
    }
  }

  private take({ seen, lastId }: Reader): void {
    this.lastId = lastId;
    for (const { event, id, data } of seen) {
      if (event === 'reset') this.resets += 1;
      else {
        this.seen.push(data);
        this.ids.push(id);
      }
    }
  }
}

/** Readers come and go, the API is killed, and transactions commit out of order. */
export const stream: Row = {
  n: 25,
  promise: 'the stream has no gaps (readers that come and go, API killed, commits out of order)',
  async run({ world, seed, short, inbox }) {
    const random = new Random(seed);
    const [kills, readers] = short ? [2, 10] : [10, 50];
    const [api, worker] = [world.api(), world.worker()];
    await Promise.all([api.start(), worker.start()]);
    const settings = await world.inbox(inbox, { csat: { enabled: true } });
    const visitors = Array.from({ length: readers }, (_, i) => {
      return new Visitor(world, inbox, random, () => (i % 5 === 0 ? 1e9 : random.between(200, 3_000)));
    });
    await Promise.all(visitors.map((visitor) => visitor.start()));
    const load = new Load({
      ...{ client: world.client(), inbox, seed },
      ...(short ? { rate: 60, conversations: 20 } : { rate: 150, most: 6_000, conversations: 100 }),
    }).start();
    const late = lateCommits(world, random);
    for (let i = 0; i < kills; i += 1) {
      await sleep(random.between(1_000, 3_000));
      await api.end('SIGKILL');
      await api.start();
    }
    const sent = await load.finish();
    await late.stop();
    const found = await audit(world, { inbox, settings, sent, withinMs: 60_000 });
    await sleep(5_000); // the last of it is on its way
    await Promise.all(visitors.map((visitor) => visitor.stop()));
    const { rows } = await world.pool.query<{ text: string }>(
      'SELECT payload::text AS text FROM outbox WHERE account = $1 AND inbox = $2',
      [account, inbox],
    );
    const told = new Set(rows.map((row) => row.text));
    const missing = visitors.map(({ seen }) => told.size - new Set(seen).size);
    const repeated = visitors.map(({ ids }) => ids.length - new Set(ids).size);
    return {
      audit: found,
      failed: broken({
        'each reader saw each change': missing.every((n) => n === 0),
        'each change once by its id': repeated.every((n) => n === 0),
        'nothing else': visitors.every(({ seen }) => seen.every((data) => told.has(data))),
        'no reader had to begin anew': visitors.every(({ resets }) => resets === 0),
      }),
      figures: {
        ...{ kills, readers, changes: told.size, late_commits: late.count() },
        ...{ missing: Math.max(...missing), repeated: Math.max(...repeated) },
      },
    };
  },
};

/** Write transactions that stay open for a while, so that later ones commit before them. */
function lateCommits({ pool }: World, random: Random) {
  let off = false;
  let commits = 0;
  const run = async () => {
    while (!off) {
      const client = await pool.connect();
      try {
        await client.query('BEGIN');
        await client.query('SELECT pg_current_xact_id()');
        await sleep(random.between(50, 400));
        await client.query('COMMIT');
        commits += 1;
      } finally {
        client.release();
      }
    }
  };
  const running = run();
  return {
    count: () => commits,
    stop: () => {
      off = true;
      return running;
    },
  };
}
