/**
 * A large import that is killed in its middle and sent again: `node --import tsx test/faults/big-import.ts [lines] [seed]`.
 * Prints how long each part took, and whether everything is there once.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { memoryBytes } from '../../bench/proc';
import { Random } from './harness/random';
import { until } from './harness/until';
import { account, World } from './harness/world';

const INBOX = 'big';
const IN_PIECE = 1_000;
const [count = 1_000_000, seed = Date.now() % 1_000_000] = process.argv.slice(2).map(Number);

async function main(): Promise<void> {
  const random = new Random(seed);
  const world = await World.open();
  try {
    const api = world.api();
    await api.start();
    await world.inbox(INBOX, { auto_close: { after_seconds: 86_400 } });
    const killAt = random.between(0.3 * count, 0.7 * count);
    console.log(`${count} lines, seed ${seed}: the API is killed when ${killAt} are there`);
    const began = Date.now();
    const first = send(world);
    await until(async () => (await known(world)) >= killAt, 3_600_000, 100);
    await api.end('SIGKILL');
    console.log(`killed after ${seconds(began)} s, answer: ${JSON.stringify(await first)}`);
    console.log(`${await known(world)} are there`);
    await api.start();
    const again = Date.now();
    let most = 0;
    const sampling = setInterval(() => (most = Math.max(most, memoryBytes(api.pid))), 500);
    const before = memoryBytes(api.pid);
    let summary: unknown = null;
    // a service that has just started may say 503, and then a client asks again
    await until(async () => isSummary((summary = await send(world))), 3_600_000, 1_000);
    clearInterval(sampling);
    console.log(`again: ${seconds(again)} s, ${JSON.stringify(summary)}`);
    console.log(`memory of the API: ${mb(before)} before, ${mb(most)} at most`);
    console.log(`in all: ${JSON.stringify(await state(world))}, ${seconds(began)} s`);
    const { conversations, entries, effects } = await state(world);
    const right = conversations === count && entries === count && effects === 0;
    console.log(right ? 'each is there once, and nobody was told' : 'WRONG');
    process.exitCode = right ? 0 : 1;
  } finally {
    await world.close();
  }
}

const seconds = (since: number) => ((Date.now() - since) / 1_000).toFixed(1);
const mb = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MB`;

const isSummary = (answer: unknown) => typeof answer === 'object' && answer !== null && 'imported' in answer;

/** @returns the last line of the answer; null if there is none */
async function send({ url, key }: World): Promise<unknown> {
  try {
    const response = await fetch(`${url}/v1/inboxes/${INBOX}/import`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/x-ndjson' },
      body: ReadableStream.from(pieces()),
      duplex: 'half',
    });
    return JSON.parse((await response.text()).trim().split('\n').at(-1) ?? '') as unknown;
  } catch {
    return null;
  }
}

/** Nine of ten are closed, each with an episode before the last. */
async function* pieces(): AsyncGenerator<Uint8Array> {
  const now = Date.now();
  const ago = (days: number) => new Date(now - days * 86_400_000).toISOString();
  for (let from = 0; from < count; from += IN_PIECE) {
    let text = '';
    for (let n = from; n < Math.min(count, from + IN_PIECE); n += 1) {
      const days = 2 + (n % 700);
      const ended = (until: number) => ({
        started_at: ago(until + 1),
        closed_at: ago(until),
        agents: ['ana'],
      });
      const line =
        n % 10 === 0
          ? { status: 'in_progress', last_agent_reply_at: ago(0.5), episodes: [ended(days)] }
          : { status: 'closed', closed_at: ago(days), episodes: [ended(days + 30), ended(days)] };
      text += `${JSON.stringify({ conversation: `c${n}`, ...line })}\n`;
    }
    yield Buffer.from(text);
    await sleep(0);
  }
}

async function known({ pool }: World): Promise<number> {
  const { rows } = await pool.query<{ n: number }>(
    'SELECT coalesce(sum(n), 0)::int AS n FROM conversation_counts WHERE account = $1 AND inbox = $2',
    [account, INBOX],
  );
  return rows[0]?.n ?? 0;
}

async function state({ pool }: World) {
  const { rows } = await pool.query<{ conversations: number; entries: number; effects: number }>(
    `SELECT (SELECT count(*)::int FROM conversations WHERE account = $1 AND inbox = $2) AS conversations,
       (SELECT count(*)::int FROM timeline WHERE account = $1 AND inbox = $2) AS entries,
       (SELECT count(*)::int FROM outbox WHERE account = $1 AND inbox = $2) AS effects`,
    [account, INBOX],
  );
  return rows[0]!;
}

void main().then(() => process.exit());
