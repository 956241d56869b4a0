import { setTimeout as sleep } from 'node:timers/promises';
import { imported } from '../../../src/domain/import';
import { importLine } from '../../../src/domain/import-line';
import { machineDelay } from '../harness/probe';
import { Random } from '../harness/random';
import { broken, type Row } from '../harness/row';
import { until } from '../harness/until';
import { account, type World } from '../harness/world';

const DAY_MS = 86_400_000;
/** The rate of timers at which 100,000 are due in an hour. */
const DUE_EACH_MS = 36;
/** One line in so many has a timer that comes due during the row. */
const DUE_EVERY = 50;

/** An import is cut off by the death of the API, of PostgreSQL or of the client, and sent again from its beginning each time. */
export const importStopped: Row = {
  n: 27,
  promise: 'an import may stop anywhere (API, PostgreSQL or client killed)',
  world: {},
  async run({ world, seed, short, inbox }) {
    const random = new Random(seed);
    const [api, worker] = [world.api(), world.worker()];
    await Promise.all([api.start(), worker.start()]);
    const settings = await world.inbox(inbox, { auto_close: { after_seconds: 3_600 } });
    const kills = short ? 4 : 20;
    const count = short ? 8_000 : 40_000;
    const now = Date.now();
    const dueFrom = now + (short ? 60_000 : 180_000);
    const lines = Array.from({ length: count }, (_, n) =>
      n % DUE_EVERY === 0 ? dueLine(n, dueFrom + (n / DUE_EVERY) * DUE_EACH_MS) : lineOf(random, n, now),
    );
    const body = lines.map((line) => JSON.stringify(line)).join('\n');
    let stopped = 0;
    for (let i = 0; i < kills; i += 1) {
      const off = new AbortController();
      const sending = send(world, inbox, body, off.signal);
      await sleep(random.between(50, short ? 400 : 800));
      const who = random.between(0, 2);
      if (who === 0) {
        await api.end('SIGKILL');
        await api.start();
      } else if (who === 1) {
        await world.postgres.kill('SIGQUIT');
        await world.postgres.start();
      } else off.abort();
      if ((await sending) === null) stopped += 1;
    }
    let summary: Summary | null = null;
    await until(async () => (summary = await send(world, inbox, body)) !== null, 120_000, 1_000);
    const there = await stateOf(world, inbox);
    const expected = new Map(
      lines.map((line) => {
        const made = imported(importLine.parse(line), { inbox, settings, settings_version: 1, now });
        return [line.conversation, made.row.next?.due_at ?? null];
      }),
    );
    const wrong = there.rows.filter(({ conversation, due_at }) => expected.get(conversation) !== due_at);
    const inTime = Date.now() < dueFrom;
    const due = lines.filter((_, n) => n % DUE_EVERY === 0).map((line) => line.conversation);
    const machine = machineDelay(world.url, world.key);
    const closed = await closedOf(world, inbox, due, dueFrom + due.length * DUE_EACH_MS + 60_000);
    const machineMs = await machine.end();
    return {
      audit: null,
      failed: broken({
        'it was stopped most times': stopped >= kills / 2,
        'all is imported in the end': summary !== null && there.rows.length === count,
        'each once': there.entries === count && there.notImported === 0,
        'deadlines as computed': wrong.length === 0,
        'no effect is told': there.effects === 0,
        'the import ended before the timers were due': inTime,
        'timers act on time': closed.missing === 0 && closed.lateMs <= 5_000 + machineMs,
      }),
      figures: {
        ...{
          kills,
          stopped,
          conversations: there.rows.length,
          entries: there.entries,
          effects: there.effects,
        },
        ...{
          'other deadlines': wrong.length,
          timers: due.length,
          'latest, ms': Math.round(closed.lateMs),
          'machine, ms': machineMs,
        },
      },
    };
  },
};

interface Summary {
  imported: number;
  skipped: number;
  refused: number;
}

/** A conversation that auto-close closes at `at`, an hour after the agent's reply. */
function dueLine(n: number, at: number) {
  const last_agent_reply_at = new Date(at - 3_600_000).toISOString();
  return { conversation: `imported-${n}`, status: 'in_progress', last_agent_reply_at };
}

function lineOf(random: Random, n: number, now: number) {
  const ago = (ms: number) => new Date(now - ms).toISOString();
  const conversation = `imported-${n}`;
  const closed = random.between(1, 700) * DAY_MS;
  const ended = { started_at: ago(closed + 3_600_000), closed_at: ago(closed), agents: ['ana'] };
  if (random.chance(0.7))
    return { conversation, status: 'closed', closed_at: ended.closed_at, episodes: [ended] };
  return {
    conversation,
    status: 'in_progress',
    last_agent_reply_at: ago(random.between(1, 1_000) * 1_000),
    episodes: [ended],
  };
}

/** @returns the summary; null if the import was cut off before it */
async function send(
  world: World,
  inbox: string,
  body: string,
  signal?: AbortSignal,
): Promise<Summary | null> {
  try {
    const response = await fetch(`${world.url}/v1/inboxes/${inbox}/import`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${world.key}`, 'Content-Type': 'application/x-ndjson' },
      ...{ body, signal },
    });
    const last = (await response.text()).trim().split('\n').at(-1) ?? '';
    const summary = JSON.parse(last) as Partial<Summary>;
    return response.ok && summary.imported !== undefined ? (summary as Summary) : null;
  } catch {
    return null;
  }
}

async function stateOf({ pool }: World, inbox: string) {
  const { rows } = await pool.query<{ conversation: string; due_at: string | null }>(
    `SELECT conversation, coalesce((SELECT t.changes -> 'next' ->> 'due_at' FROM timeline t
       WHERE (t.account, t.inbox, t.conversation, t.seq) = (c.account, c.inbox, c.conversation, 1)), next ->> 'due_at') AS due_at
     FROM conversations c WHERE account = $1 AND inbox = $2`,
    [account, inbox],
  );
  const { rows: counts } = await pool.query<{ entries: number; notImported: number; effects: number }>(
    `SELECT count(*) FILTER (WHERE type = 'imported')::int AS entries,
       count(*) FILTER (WHERE seq = 1 AND type <> 'imported')::int AS "notImported",
       (SELECT count(*) FROM outbox o WHERE o.account = $1 AND o.inbox = $2 AND o.seq = 1)::int AS effects
     FROM timeline WHERE account = $1 AND inbox = $2`,
    [account, inbox],
  );
  return { rows, ...counts[0]! };
}

/** How late each conversation was closed that was due. One that was not closed is missing. */
async function closedOf(
  { pool }: World,
  inbox: string,
  due: readonly string[],
  until_: number,
): Promise<{ missing: number; lateMs: number }> {
  let found = { missing: due.length, lateMs: 0 };
  const look = async () => {
    const { rows } = await pool.query<{ n: number; late: number | null }>(
      `SELECT count(*)::int AS n, extract(epoch FROM max(t.at - (t.data ->> 'due_at')::timestamptz)) * 1000 AS late
       FROM timeline t WHERE account = $1 AND inbox = $2 AND type = 'auto_close_due' AND verdict = 'applied'
         AND conversation = ANY ($3)`,
      [account, inbox, due],
    );
    found = { missing: due.length - (rows[0]?.n ?? 0), lateMs: Number(rows[0]?.late ?? 0) };
    return found.missing === 0;
  };
  await until(look, until_ - Date.now(), 1_000);
  return found;
}
