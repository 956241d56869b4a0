/**
 * `node --import tsx bench/plans.ts [conversations]`: shows how PostgreSQL runs the API's queries over a
 * million conversations of one inbox, and how much space a conversation and an event take.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Pool } from 'pg';
import { audiencePage, reachesOf } from '../src/db/broadcasts';
import { countConversations } from '../src/db/counts';
import type { AccountDatabase, Query } from '../src/db/database';
import { listConversations } from '../src/db/lists';
import { migrate } from '../src/db/migrate';
import { createPool } from '../src/db/pool';
import type { Statement } from '../src/db/rows';
import { openDataFolder } from '../src/embedded/data-folder';
import { startPostgres } from '../src/embedded/postgres-server';
import { createLogger } from '../src/runtime/log';
import { Progress } from './progress';
import { BULK_INBOX, bulkId, seed } from './seed';

const REPEATS = 5;
const COUNT = Number(process.argv[2] ?? 1_000_000);

void main();

async function main(): Promise<void> {
  const dir = mkdtempSync(path.join(tmpdir(), 'conversation-status-plans-'));
  const logger = createLogger('warn');
  const progress = new Progress();
  const postgres = await startPostgres({ folder: openDataFolder(dir), logger });
  try {
    await migrate(postgres.url, logger);
    const pool = new Pool({ connectionString: postgres.url, max: 1 });
    const api = createPool({ databaseUrl: postgres.url, role: 'conversations_api', max: 1, logger });
    await api.query(`SELECT set_config('app.account', 'default', false)`);
    await seed({ pool }, COUNT, (done, of) => progress.say(`seeding ${done.toLocaleString('en')} of ${of}`));
    for (const [name, ask] of Object.entries(QUESTIONS)) {
      progress.print(`\n### ${name}\n\n\`\`\`\n${await plan(api, await statementOf(ask))}\n\`\`\``);
    }
    progress.print(await sizes(pool));
    await pool.end();
    await api.end();
  } finally {
    await postgres.stop();
    rmSync(dir, { recursive: true, force: true });
  }
  process.exit();
}

const all = { archived: false as boolean | null };
const statuses = ['not_contacted', 'new', 'in_progress', 'resolved', 'closed'] as const;
const page = { after: null, limit: 50 };
const asked = Array.from({ length: 10_000 }, (_, n) => bulkId((n * 7919) % COUNT));

const QUESTIONS: Record<string, (db: AccountDatabase) => Promise<unknown>> = {
  'A page of the list, by activity': (db) =>
    listConversations(db, BULK_INBOX, { filters: all, sort: '-last_activity_at', ...page }),
  'A page of those in a flow': (db) =>
    listConversations(db, BULK_INBOX, {
      filters: { ...all, status: ['in_flow'] },
      sort: '-last_activity_at',
      ...page,
    }),
  "A page of an agent's": (db) =>
    listConversations(db, BULK_INBOX, {
      filters: { ...all, agent: 'agent-3' },
      sort: '-last_activity_at',
      ...page,
    }),
  'A page of those with a tag': (db) =>
    listConversations(db, BULK_INBOX, {
      filters: { ...all, tag: 'tag-0' },
      sort: '-last_activity_at',
      ...page,
    }),
  'A page of those who wait': (db) =>
    listConversations(db, BULK_INBOX, { filters: all, sort: 'waiting_since', ...page }),
  Counts: (db) => countConversations(db, BULK_INBOX, { archived: null }),
  'Counts of those with a tag': (db) => countConversations(db, BULK_INBOX, { archived: null, tag: 'tag-0' }),
  'Eligibility of 10,000': (db) => reachesOf(db, BULK_INBOX, asked),
  'A piece of the audience, 20,000 rows': (db) =>
    audiencePage(db, BULK_INBOX, { archived: null, status: statuses }, bulkId(COUNT / 2), 20_000),
};

/** The first statement that it sends. */
async function statementOf(ask: (db: AccountDatabase) => Promise<unknown>): Promise<Statement> {
  let first: Statement | undefined;
  const query: Query = (statement) => {
    first ??= statement;
    return Promise.resolve([]);
  };
  await ask({ account: 'default', query, transaction: (work) => work(query) }).catch(() => {});
  if (!first) throw new Error('it asked nothing');
  return first;
}

/** The fastest of several executions, because the first reads from the disk. */
async function plan(pool: Pool, { text, values = [] }: Statement): Promise<string> {
  let best = '';
  let least = Infinity;
  for (let n = 0; n < REPEATS; n++) {
    const { rows } = await pool.query<{ 'QUERY PLAN': string }>(
      `EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, TIMING OFF) ${text}`,
      [...values],
    );
    const lines = rows.map((row) => row['QUERY PLAN']);
    const ms = Number(/Execution Time: ([\d.]+)/.exec(lines.join('\n'))?.[1]);
    if (ms >= least) continue;
    least = ms;
    best = lines.map((line) => (line.length > 150 ? `${line.slice(0, 147)}...` : line)).join('\n');
  }
  return best;
}

async function sizes(pool: Pool): Promise<string> {
  const { rows } = await pool.query<{ name: string; bytes: string }>(
    `SELECT c.relname AS name, pg_relation_size(c.oid) AS bytes FROM pg_class c
     LEFT JOIN pg_index i ON i.indexrelid = c.oid
     WHERE coalesce(i.indrelid, c.oid) = ANY (ARRAY['conversations', 'conversation_tags', 'conversation_counts']::regclass[])
     ORDER BY 2 DESC`,
  );
  const line = ({ name, bytes }: { name: string; bytes: string }) =>
    `${name.padEnd(30)} ${(Number(bytes) / 2 ** 20).toFixed(1).padStart(8)} MiB  ${(Number(bytes) / COUNT).toFixed(0).padStart(5)} bytes each`;
  return `\n### Sizes\n\n\`\`\`\n${rows.map(line).join('\n')}\n\`\`\``;
}
