import { setTimeout as sleep } from 'node:timers/promises';
import { workflowId } from '../../../src/temporal/contract';
import { audit } from '../harness/audit';
import { Load, post, type Sent } from '../harness/load';
import { reconcile } from '../harness/reconcile';
import { broken, type Row } from '../harness/row';
import { until } from '../harness/until';
import { account, type World } from '../harness/world';

/** History events after which Temporal suggests a new run, and after which it terminates a run. */
const SUGGESTED = 15;
const TERMINATED = 60;

/** PostgreSQL is away for several times as long as one run could wait before its history is full. */
export const outage: Row = {
  n: 22,
  promise: 'no outage is too long',
  world: {
    dynamicConfig: {
      'limit.historyCount.suggestContinueAsNew': SUGGESTED,
      'limit.historyCount.error': TERMINATED,
    },
  },
  async run({ world, seed, short, inbox }) {
    const [limits, conversations] = short ? [1, 8] : [3, 40];
    const [api, worker] = [world.api(), world.worker()];
    await Promise.all([api.start(), worker.start()]);
    const settings = await world.inbox(inbox, { csat: { enabled: true } });
    const load = new Load({ client: world.client(), inbox, seed, rate: 15, conversations }).start();
    await sleep(3_000);
    await world.postgres.kill('SIGQUIT');
    const began = Date.now();
    await sleep(5_000);
    const sent = await load.finish();
    const names = [...new Set(sent.map((s) => s.conversation))];
    const before = await runsOf(world, inbox, names);
    const waiting = before.filter(({ running }) => running).length;
    const needed = Math.ceil((limits * TERMINATED) / SUGGESTED);
    const outlived = await until(
      async () => {
        const now = await runsOf(world, inbox, names);
        return now.filter((c, i) => c.runs >= (before[i]?.runs ?? 0) + needed).length >= waiting / 2;
      },
      short ? 120_000 : 400_000,
      2_000,
    );
    const awayMs = Date.now() - began;
    const terminated = (await runsOf(world, inbox, names)).filter((c) => c.terminated).length;
    await world.postgres.start();
    const one = await oneThatCannotBeWritten(world, inbox);
    const found = await audit(world, { inbox, settings, sent: [...sent, ...one.sent], withinMs: 90_000 });
    return {
      audit: found,
      failed: broken({
        'conversations that wait go through as many runs as the limits are worth': outlived,
        'no workflow is terminated': terminated === 0,
        'a row that alone cannot be written is named by reconcile': one.named,
        'others do not notice': one.otherMs < 5_000,
        'the worker lives through it': worker.isRunning,
      }),
      figures: {
        'limits’ worth of waiting': limits,
        'seconds away': Math.round(awayMs / 1_000),
        'conversations that wait': waiting,
        'runs of each meanwhile': needed,
        terminated,
        'event of another conversation (ms)': one.otherMs,
      },
    };
  },
};

/** How many runs each conversation has had, and how the last one stands. */
async function runsOf({ workflows }: World, inbox: string, names: string[]) {
  return Promise.all(
    names.map(async (conversation) => {
      const id = workflowId({ account, inbox, conversation });
      const runs: string[] = [];
      for await (const { status } of workflows.workflow.list({ query: `WorkflowId = '${id}'` }))
        runs.push(status.name);
      return {
        runs: runs.length,
        running: runs.includes('RUNNING'),
        terminated: runs.includes('TERMINATED'),
      };
    }),
  );
}

/** The row of one conversation is refused for a while; another one goes on beside it. */
async function oneThatCannotBeWritten(world: World, inbox: string) {
  const [stuck, other] = ['stuck', 'other'];
  const send = (conversation: string, event: Sent['event'], prefer?: string) =>
    post(world.client(), inbox, { conversation, event, ...(prefer !== undefined && { prefer }) });
  const sent = [
    await send(stuck, { id: `${stuck}-1`, type: 'message' }),
    await send(other, { id: `${other}-1`, type: 'message' }, 'wait=10'),
  ];
  await until(async () => (await seqOf(world, inbox, stuck)) === 1, 30_000);
  await world.pool.query(`
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION 'this row is refused' USING ERRCODE = '23514'; END $$;
    CREATE TRIGGER refuse BEFORE UPDATE ON conversations
      FOR EACH ROW WHEN (OLD.conversation = '${stuck}') EXECUTE FUNCTION refuse()`);
  sent.push(await send(stuck, { id: `${stuck}-2`, type: 'agent_reply', agent: 'ana' }));
  await sleep(4_000);
  const began = Date.now();
  sent.push(await send(other, { id: `${other}-2`, type: 'agent_reply', agent: 'ana' }, 'wait=10'));
  const otherMs = Date.now() - began;
  const { findings } = await reconcile(world, ['--dry-run']);
  const named = findings.some(({ kind, conversation }) => kind === 'unwritten' && conversation === stuck);
  await world.pool.query('DROP TRIGGER refuse ON conversations; DROP FUNCTION refuse()');
  await reconcile(world);
  return { sent, named, otherMs };
}

async function seqOf({ pool }: World, inbox: string, conversation: string): Promise<number> {
  const { rows } = await pool.query<{ seq: number }>(
    'SELECT seq FROM conversations WHERE inbox = $1 AND conversation = $2',
    [inbox, conversation],
  );
  return rows[0]?.seq ?? 0;
}
