import { createLogger } from '../../src/runtime/log';
import { Pool } from 'pg';
import { ageOutAll } from '../../src/maintenance/aging';
import type { Sent } from '../load/job';
import { ms, perSecond, round, type Bench, type Line, type Row } from '../row';
import type { Setup } from '../setup';
import { quantile } from '../statistics';
import { IN_FLIGHT, ourJob, ourLoop, warmUpSeconds } from './load';

const INBOX = 'aging';
const ENTRIES_EACH = 20;
const MOST_P99 = 2;
const SLICE_SECONDS = 10;

/** Old entries of timelines are deleted while events come in at half load. The same load before and after is the limit. */
export const aging: Row = {
  numbers: ['aging'],
  async measure({ setup, effort, say, progress }: Bench): Promise<Line[]> {
    const conversations = effort.quick ? 2_500 : 50_000;
    const many = (conversations * ENTRIES_EACH).toLocaleString('en');
    await seed(setup, conversations, progress(`seeding ${many} entries`));
    await ourLoop(setup, ourJob(setup, { inFlight: IN_FLIGHT }, warmUpSeconds(effort)));
    const half = (await ourLoop(setup, ourJob(setup, { inFlight: IN_FLIGHT }, 10))).sustainedPerSecond / 2;
    const send = (wait: boolean) =>
      setup.loader.run(ourJob(setup, { perSecond: half }, SLICE_SECONDS, { wait }));
    const alone = async () => ({ accepted: await send(false), answered: await send(true) });
    const calm = [await alone(), await alone()];
    say(`${many} entries, and ${perSecond(half)} meanwhile`);
    const during: typeof calm = [];
    await setup.pool.query(KEEP, [INBOX]); // not before: the worker would begin while it is calm
    const began = performance.now();
    let working = true;
    const pool = new Pool({ connectionString: setup.databaseUrl, max: 1 });
    const deleted = ageOutAll({ pool, logger: createLogger('warn') }).finally(() => (working = false));
    while (working as boolean) during.push(await alone());
    const [gone, seconds] = [await deleted, (performance.now() - began) / 1_000];
    await pool.end();
    calm.push(await alone(), await alone());
    const expected = conversations * (ENTRIES_EACH - 1);
    const what = `${many} entries age out, ${perSecond(half)} meanwhile`;
    return [
      {
        ...{ n: 'aging', what: `${what}: rows`, goal: '–', limit: '–', ratio: '–', spread: 'one round' },
        ours: `${gone.toLocaleString('en')} in about ${round(seconds, 0)} s`,
        pass: gone === expected,
        raw: { gone, expected, seconds },
      },
      compared(`${what}: p99 until accepted`, calm, during, (s) => s.accepted),
      compared(`${what}: p99 until answered`, calm, during, (s) => s.answered),
    ];
  },
};

type Slices = { accepted: Sent; answered: Sent }[];

function compared(what: string, calm: Slices, during: Slices, pick: (s: Slices[number]) => Sent): Line {
  const p99 = (slices: Slices) =>
    quantile(
      slices.map(pick).flatMap((sent) => sent.latencies),
      0.99,
    );
  const [limit, ours] = [p99(calm), p99(during)];
  return {
    ...{ n: 'aging', what, goal: `< ${MOST_P99} ×`, limit: ms(limit), ours: ms(ours) },
    ...{ ratio: round(ours / limit), spread: 'one round' },
    pass: ours < MOST_P99 * limit,
    raw: { calm: calm.map((s) => p99([s])), during: during.map((s) => p99([s])) },
  };
}

/** Conversations whose every entry is older than the inbox keeps them. */
async function seed(
  { pool }: Setup,
  count: number,
  progress: (done: number, of: number) => void,
): Promise<void> {
  await pool.query(`INSERT INTO inboxes (account, inbox, settings) VALUES ('default', $1, '{}')`, [INBOX]);
  const piece = 2_500;
  for (let from = 0; from < count; from += piece) {
    progress(from, count);
    const values = [INBOX, from, Math.min(count, from + piece) - 1, ENTRIES_EACH];
    await pool.query(CONVERSATIONS, values.slice(0, 3));
    await pool.query(ENTRIES, values);
  }
  await pool.query('VACUUM (ANALYZE) timeline, conversations');
}

const KEEP = `UPDATE inboxes SET retention = '{"timeline_days": 365}' WHERE account = 'default' AND inbox = $1`;

const CONVERSATIONS = `INSERT INTO conversations (account, inbox, conversation, status, version, seq, settings_version, episode,
    started_at, last_activity_at)
  SELECT 'default', $1, 'c' || n, 'in_progress', 20, 20, 1, 1, now() - interval '400 days', now() - interval '399 days'
  FROM generate_series($2::int, $3::int) n`;

const ENTRIES = `INSERT INTO timeline (account, inbox, conversation, seq, at, version, settings_version, event, type, verdict,
    "from", "to", data, changes)
  SELECT 'default', $1, 'c' || n, seq, now() - interval '400 days' + seq * interval '1 hour', seq, 1, 'e' || seq, 'message',
    'applied', 'in_progress', 'in_progress', '{"kind": "text"}', jsonb_build_object('version', seq, 'unread', true,
      'last_activity_at', now() - interval '400 days', 'last_customer_message_at', now() - interval '400 days')
  FROM generate_series($2::int, $3::int) n, generate_series(1, $4::int) seq`;
