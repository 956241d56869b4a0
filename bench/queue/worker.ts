/**
 * Decides with the same rules and writes the row and the timeline. A sweep each minute runs the timers that
 * are due.
 */
import { run, type Task } from 'graphile-worker';
import { Pool } from 'pg';
import { loadConversations, writeDecisions } from '../../src/db/writes';
import { decide } from '../../src/domain/decide';
import { TIMER_EVENTS, type AnyEvent } from '../../src/domain/events';
import { rowOf, stepOf } from '../../src/domain/timeline';
import { advance, begin } from '../../src/domain/ledger';
import { workerPoolSize } from '../../src/runtime/worker-tuning';
import { TASK, type EventJob } from './job';

const CONCURRENCY = 10;
const SWEEP_MS = 60_000;
/** as many connections as the service's worker has, and those that take jobs */
const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: workerPoolSize + CONCURRENCY });

const task: Task = async (payload) => {
  const { inbox, conversation, event } = payload as EventJob;
  await apply(inbox, conversation, () => event);
};

void start();

async function start(): Promise<void> {
  const runner = await run({
    pgPool: pool,
    concurrency: CONCURRENCY,
    taskList: { [TASK]: task },
    noHandleSignals: true,
  });
  setInterval(() => void sweep(), SWEEP_MS);
  process.once('SIGTERM', () => void runner.stop().then(() => process.exit(0)));
  process.stdout.write('ready\n');
}

async function sweep(): Promise<void> {
  const { rows } = await pool.query<{ inbox: string; conversation: string }>(
    `SELECT inbox, conversation FROM conversations
     WHERE next IS NOT NULL AND next ->> 'due_at' < to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS')`,
  );
  for (const { inbox, conversation } of rows) {
    await apply(inbox, conversation, ({ next }, seq) =>
      next && next.due_at <= Date.now()
        ? {
            id: `@${TIMER_EVENTS[next.timer]}.${seq + 1}`,
            type: TIMER_EVENTS[next.timer],
            due_at: next.due_at,
          }
        : null,
    );
  }
}

type State = ReturnType<typeof begin>['state'];

async function apply(
  inbox: string,
  conversation: string,
  eventOf: (state: State, seq: number) => AnyEvent | null,
) {
  const key = { account: 'default', inbox, conversation };
  const [loaded] = await loadConversations(pool, [key]);
  if (!loaded) return;
  const now = Date.now();
  const held = begin(key, loaded, now);
  const event = eventOf(held.state, held.seq);
  if (!event) return;
  const decision = decide(held.state, event, held.settings, now);
  const stamp = { inbox, seq: held.seq + 1, settings_version: held.settings_version, now };
  const step = stepOf(held.state, event, decision, stamp);
  const after = advance(held, [{ event, step, state: decision.state }]);
  const row = rowOf(after.state, stamp);
  const [written] = await writeDecisions(pool, [{ key, expected_seq: held.row_seq, row, steps: [step] }]);
  if (!written) throw new Error('somebody else wrote meanwhile, or the event is known');
}
