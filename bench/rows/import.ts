import { figure, interleaved } from '../rounds';
import { perSecond, round, type Bench, type Line, type Row } from '../row';
import { putInbox, type Setup } from '../setup';
import { mean, median } from '../statistics';

const GOAL = 0.3;
const MEMORY_EVERY_MS = 50;
/** memory that an import may hold, with its garbage */
const FLAT_MB = 100;
const LINES_IN_PIECE = 1_000;
/** What an import writes, by its statement or by its triggers. */
const TABLES = [
  ...['conversations', 'timeline', 'episodes', 'surveys', 'conversation_tags', 'conversation_counts'],
  ...['report_episodes', 'report_waits', 'report_flows'],
];

/** Row 17: conversations of another service, against COPY of what they become. */
export const imports: Row = {
  numbers: ['17'],
  async measure({ setup, effort, progress, say }: Bench): Promise<Line[]> {
    const count = effort.quick ? 5_000 : 50_000;
    await importInto(setup, 'import-warm', count);
    let n = 0;
    const rounds = await interleaved(
      effort.rounds,
      async () => count / (await copySeconds(setup, 'import-warm', `copied-${++n}`)),
      async () => count / (await importInto(setup, `import-${++n}`, count)).seconds,
      progress(`${count.toLocaleString('en')} lines`),
    );
    const limit = rounds.map((r) => mean(r.limit));
    const ours = rounds.map((r) => mean(r.ours));
    const ratio = figure(ours.map((o, i) => o / (limit[i] ?? NaN)));
    const many = effort.quick ? 50_000 : 1_000_000;
    say(`${many.toLocaleString('en')} lines at once`);
    const whole = await importInto(setup, 'import-whole', many);
    return [
      {
        ...{
          n: '17',
          what: `import, ${count.toLocaleString('en')} conversations each, lines/s`,
          goal: `≥ ${GOAL} ×`,
        },
        ...{ limit: `${perSecond(median(limit))} (COPY)`, ours: perSecond(median(ours)) },
        ...{ ratio: round(ratio.median), spread: `${round(ratio.least)}–${round(ratio.most)}` },
        pass: ratio.median >= GOAL,
        raw: { limit, ours, ratio: ratio.each },
      },
      {
        ...{
          n: '17',
          what: `memory of the API grown by ${many.toLocaleString('en')} lines`,
          goal: 'flat',
          limit: '–',
        },
        ...{
          ours: `${round(whole.grownMb, 0)} MB, at ${perSecond(many / whole.seconds)}`,
          ratio: '–',
          spread: 'one round',
        },
        pass: whole.grownMb < FLAT_MB,
        raw: whole,
      },
    ];
  },
};

/** 86 of 100 are closed, most with an episode before that one; every tenth has a tag, every fifth a survey. */
function lineOf(n: number): string {
  const at = (days: number) => new Date(Date.UTC(2026, 0, 1) - days * 86_400_000).toISOString();
  const days = 10 + (n % 600);
  const survey = { state: 'answered', agent: 'ana', asked_at: at(days), score: 1 + (n % 5) };
  const ended = (from: number) => ({
    ...{ started_at: at(from + 1), first_reply_at: at(from + 0.9), closed_at: at(from), agents: ['ana'] },
    ...{ assignee: { team: `team-${n % 7}`, agent: 'ana' }, close: { by: 'agent', agent: 'ana' } },
  });
  const last = { ...ended(days), ...(n % 5 === 0 && { survey }) };
  const rest =
    n % 100 < 86
      ? { status: 'closed', closed_at: at(days), episodes: [ended(days + 30), last] }
      : {
          status: 'in_progress',
          last_customer_message_at: at(3),
          last_agent_reply_at: at(2),
          episodes: [last],
        };
  const tags = n % 10 === 0 ? [{ name: `tag-${n % 30}` }] : [];
  return JSON.stringify({ conversation: `c${n}`, ...rest, tags });
}

async function importInto(
  setup: Setup,
  inbox: string,
  count: number,
): Promise<{ seconds: number; grownMb: number }> {
  await putInbox(setup.url, setup.key, inbox);
  const before = setup.memory().api ?? 0;
  let most = before;
  const sampling = setInterval(() => (most = Math.max(most, setup.memory().api ?? 0)), MEMORY_EVERY_MS);
  const began = performance.now();
  const response = await fetch(`${setup.url}/v1/inboxes/${inbox}/import`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${setup.key}`, 'Content-Type': 'application/x-ndjson' },
    body: ReadableStream.from(pieces(count)),
    duplex: 'half',
  });
  const text = await response.text();
  clearInterval(sampling);
  const { imported } = JSON.parse(text) as { imported?: number };
  if (imported !== count)
    throw new Error(`${count} lines were sent, and the answer is ${text.slice(0, 300)}`);
  return { seconds: (performance.now() - began) / 1_000, grownMb: (most - before) / 2 ** 20 };
}

function* pieces(count: number): Generator<Uint8Array> {
  for (let from = 0; from < count; from += LINES_IN_PIECE) {
    const many = Math.min(LINES_IN_PIECE, count - from);
    yield Buffer.from(Array.from({ length: many }, (_, i) => `${lineOf(from + i)}\n`).join(''));
  }
}

/** The rows of an inbox once more, as those of another: PostgreSQL's own COPY, without any trigger. */
async function copySeconds({ pool, url, key }: Setup, from: string, to: string): Promise<number> {
  await putInbox(url, key, to);
  const client = await pool.connect();
  try {
    const { rows } = await client.query<{ dir: string }>(`SELECT current_setting('data_directory') AS dir`);
    const copies: string[] = [];
    for (const table of TABLES) {
      const columns = await columnsOf(client, table);
      const file = `${rows[0]?.dir}/bench-${table}.copy`;
      const shown = columns.map((column) => (column === 'inbox' ? `'${to}'` : `"${column}"`)).join(', ');
      await client.query(
        `COPY (SELECT ${shown} FROM ${table} WHERE account = 'default' AND inbox = '${from}') TO '${file}'`,
      );
      copies.push(`COPY ${table} (${columns.map((column) => `"${column}"`).join(', ')}) FROM '${file}'`);
    }
    await client.query('SET session_replication_role = replica');
    const began = performance.now();
    for (const copy of copies) await client.query(copy);
    return (performance.now() - began) / 1_000;
  } finally {
    client.release(true);
  }
}

async function columnsOf(client: { query: Setup['pool']['query'] }, table: string): Promise<string[]> {
  const { rows } = await client.query<{ column: string }>(
    `SELECT attname AS column FROM pg_attribute
     WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum`,
    [table],
  );
  return rows.map(({ column }) => column);
}
