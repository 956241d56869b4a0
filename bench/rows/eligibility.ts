import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { Client as PgClient, escapeLiteral } from 'pg';
import { reachesOf } from '../../src/db/broadcasts';
import type { Statement } from '../../src/db/rows';
import { CONVERSATION_WORKFLOW, TASK_QUEUE, workflowId } from '../../src/temporal/contract';
import { HttpClient } from '../load/http';
import { figure, interleaved } from '../rounds';
import { perSecond, round, type Bench, type Line, type Row } from '../row';
import { BULK_INBOX, bulkId, seed } from '../seed';
import type { Setup } from '../setup';
import { mean, median } from '../statistics';
import { IN_FLIGHT, names } from './load';

const ASKED = 10_000;
const QUERIED = 200;
const run = promisify(execFile);

/** Eligibility: which of ten thousand conversations a broadcast may reach. */
export const eligibility: Row = {
  numbers: ['7'],
  async measure({ setup, effort, say, progress }: Bench): Promise<Line[]> {
    const count = effort.quick ? 100_000 : 1_000_000;
    await seed(setup, count, progress(`seeding ${count.toLocaleString('en')} conversations`));
    const ids = Array.from({ length: ASKED }, (_, n) => bulkId((n * 7919) % count));
    const sql = await sqlOf(ids);
    const { name, measure } = await sqlClient(setup, sql, effort.seconds);
    const rounds = await interleaved(
      effort.rounds,
      measure,
      () => throughApi(setup, ids, effort.seconds),
      progress(`eligibility of 10,000 against ${name}`),
    );
    say('a loop of workflow queries');
    const queries = await queryLoop(setup, effort.seconds);
    const limit = rounds.map((r) => mean(r.limit));
    const ours = rounds.map((r) => mean(r.ours));
    const ratio = figure(ours.map((o, i) => o / (limit[i] ?? NaN)));
    const overQueries = median(ours) / queries;
    return [
      {
        ...{
          n: '7',
          what: `eligibility of 10,000 of ${count.toLocaleString('en')}, rows/s`,
          goal: '≥ 0.80 ×',
        },
        ...{ limit: `${perSecond(median(limit))} (${name})`, ours: perSecond(median(ours)) },
        ...{ ratio: round(ratio.median), spread: `${round(ratio.least)}–${round(ratio.most)}` },
        pass: ratio.median >= 0.8,
        raw: { limit, ours, ratio: ratio.each, client: name },
      },
      {
        ...{ n: '7', what: 'the same against a loop of workflow queries', goal: '≥ 100 ×' },
        ...{ limit: perSecond(queries), ours: perSecond(median(ours)) },
        ...{ ratio: Math.round(overQueries).toLocaleString('en'), spread: '' },
        pass: overQueries >= 100,
        raw: { queries },
      },
    ];
  },
};

/** The service's own statement, with its values written into it. */
async function sqlOf(ids: string[]): Promise<string> {
  let asked: Statement | undefined;
  const query = (statement: Statement) => {
    asked = statement;
    return Promise.resolve([]);
  };
  await reachesOf({ account: 'default', query, transaction: (work) => work(query) }, BULK_INBOX, ids);
  const values = asked?.values ?? [];
  return (asked?.text ?? '')
    .replace(/\s+/g, ' ')
    .replace(/\$(\d)/g, (_, n: string) => escapeLiteral(String(values[Number(n) - 1])));
}

/** pgbench if it is installed, else the same loop over one connection of our own client. */
async function sqlClient(setup: Setup, sql: string, seconds: number) {
  const file = path.join(setup.dir, 'eligibility.sql');
  writeFileSync(file, `${sql};\n`);
  const pgbench = async () => {
    const args = ['-n', '-f', file, '-c', '1', '-T', String(Math.ceil(seconds)), setup.databaseUrl];
    const { stdout } = await run('pgbench', args);
    return Number(/tps = ([\d.]+)/.exec(stdout)?.[1]) * ASKED;
  };
  const there = await run('pgbench', ['--version']).catch(() => null);
  if (there) return { name: 'pgbench', measure: pgbench };
  return { name: 'a loop over one connection', measure: () => overOneConnection(setup, sql, seconds) };
}

async function overOneConnection({ databaseUrl }: Setup, sql: string, seconds: number): Promise<number> {
  const pg = new PgClient({ connectionString: databaseUrl });
  await pg.connect();
  const rate = await rateOf(seconds, () => pg.query(sql));
  await pg.end();
  return rate * ASKED;
}

async function throughApi({ url, key }: Setup, conversations: string[], seconds: number): Promise<number> {
  const http = new HttpClient(url, { Authorization: `Bearer ${key}` });
  const body = JSON.stringify({ conversations });
  const rate = await rateOf(seconds, async () => {
    const { status } = await http.post(`/v1/inboxes/${BULK_INBOX}/broadcasts/eligibility`, body);
    if (status !== 200) throw new Error(`eligibility answered ${status}`);
  });
  http.close();
  return rate * ASKED;
}

async function rateOf(seconds: number, work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  const passed = () => (performance.now() - began) / 1000;
  let n = 0;
  for (; n < 3 || passed() < seconds; n++) await work();
  return n / passed();
}

/** Without the table each workflow would have to be asked: fifty at a time. */
async function queryLoop(setup: Setup, seconds: number): Promise<number> {
  const { client, inbox, address, namespace, pool } = setup;
  const conversations = names('query-', QUERIED);
  const keys = conversations.map((conversation) => ({ account: 'default', inbox, conversation }));
  await pool.query(
    `INSERT INTO conversations (account, inbox, conversation, status, seq, version, settings_version, last_activity_at)
     SELECT 'default', $1, unnest($2::text[]), 'new', 1, 1, 1, now() ON CONFLICT DO NOTHING`,
    [inbox, conversations],
  );
  for (const key of keys) {
    const start = { workflowId: workflowId(key), taskQueue: TASK_QUEUE, args: [key] };
    await client.workflow.start(CONVERSATION_WORKFLOW, {
      ...start,
      workflowIdConflictPolicy: 'USE_EXISTING',
    });
  }
  const sent = await setup.loader.run({
    target: { kind: 'query', address, namespace, workflowIds: keys.map(workflowId) },
    ...{ name: { of: '', run: '' }, conversations: QUERIED, load: { inFlight: IN_FLIGHT }, seconds },
  });
  if (sent.accepted === 0) throw new Error(`no query was answered: ${sent.firstFailure ?? 'none was sent'}`);
  return sent.accepted / ((sent.ended - sent.began) / 1000);
}
