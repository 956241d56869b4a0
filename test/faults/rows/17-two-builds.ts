import { audit } from '../harness/audit';
import { eventOf } from '../harness/events';
import { post, type Sent } from '../harness/load';
import { ask } from '../harness/probe';
import { Random } from '../harness/random';
import type { Row } from '../harness/row';
import { changedTree } from '../harness/tree';
import { eachOf, until } from '../harness/until';
import { taskFailures } from '../harness/workflows';
import type { World } from '../harness/world';
import { reloadSignal, TASK_QUEUE } from '../../../src/temporal/contract';

/** A change that every history shows: a build without it cannot read such a history, nor the other way round. */
const CHANGE = {
  file: 'workflows/conversation.ts',
  find: '  assertSameCode();',
  put: "  assertSameCode();\n  wf.upsertMemo({ build: 'second' });",
};

/** A second build runs beside the first, becomes current and is taken back, with open conversations. */
export const twoBuilds: Row = {
  n: 17,
  promise: 'two builds work side by side, forward and back',
  world: {},
  async run({ world, seed, short, inbox }) {
    const { tree, remove } = changedTree([CHANGE]);
    try {
      const conversations = short ? 20 : 500;
      const [one, two] = [
        world.worker({}, { tree: world.tree, id: 'one' }),
        world.worker({}, { tree, id: 'two' }),
      ];
      await Promise.all([world.api().start(), one.start()]);
      await current(world, 'one');
      const settings = await world.inbox(inbox, { csat: { enabled: true } });
      const sent: Sent[] = [];
      const names = Array.from({ length: conversations }, (_, i) => `c${i}`);
      const round = async (n: number, fresh: string) => {
        names.push(...Array.from({ length: conversations / 4 }, (_, i) => `${fresh}${i}`));
        const posted = await eachOf(names, 8, (conversation) => {
          const random = new Random(seed + n);
          const event =
            n === 1 ? { id: `${conversation}.1`, type: 'message' } : eventOf(random, conversation, n);
          return post(world.client(), inbox, { conversation, event, prefer: 'wait=10' });
        });
        sent.push(...posted);
      };
      await round(1, 'begun');
      await two.start();
      await round(2, 'beside');
      await current(world, 'two');
      await round(3, 'forward');
      await current(world, 'one');
      await round(4, 'back');
      await two.end('SIGTERM');
      await two.start();
      await round(5, 'again');
      await current(world, 'two');
      const moved = await move(world, inbox, 'one');
      await one.end('SIGTERM');
      await round(6, 'without');
      const found = await audit(world, { inbox, settings, sent, withinMs: 60_000 });
      const ready = await ask(world.url, world.key, '/readyz');
      const failures = await taskFailures(world, inbox, names);
      const second = await world.workflows.workflow.count(
        `InboxId = '${inbox}' AND TemporalWorkerDeploymentVersion = '${TASK_QUEUE}:two'`,
      );
      return {
        audit: found,
        failed: [
          ...failures.slice(0, 5).map((what) => `workflow task failure: ${what}`),
          ...(ready.status === 200 ? [] : ['ready, with versioned workers']),
          ...(second.count > 0 ? [] : ['the second build worked on some']),
          ...(moved.told > 0 && moved.left === 0 ? [] : ['all left the first build']),
        ],
        figures: {
          conversations: names.length,
          'told to leave the first build': moved.told,
          'runs of the second build': second.count,
          'task failures': failures.length,
        },
      };
    } finally {
      remove();
    }
  },
};

/**
 * What an operator does before stopping a build: signals all conversations that are left with it, and waits.
 */
async function move(
  { workflows }: World,
  inbox: string,
  buildId: string,
): Promise<{ told: number; left: number }> {
  const version = `TemporalWorkerDeploymentVersion = '${TASK_QUEUE}:${buildId}'`;
  const query = `InboxId = '${inbox}' AND ExecutionStatus = 'Running' AND ${version}`;
  let told = 0;
  for await (const { workflowId } of workflows.workflow.list({ query })) {
    await workflows.workflow.getHandle(workflowId).signal(reloadSignal);
    told += 1;
  }
  const left = async () => (await workflows.workflow.count(query)).count;
  await until(async () => (await left()) === 0, 60_000, 500);
  return { told, left: await left() };
}

/** Makes new runs begin with this build. */
async function current({ workflows }: World, buildId: string): Promise<void> {
  const set = () =>
    workflows.workflowService.setWorkerDeploymentCurrentVersion({
      ...{ namespace: 'default', deploymentName: TASK_QUEUE, buildId, identity: 'operator' },
    });
  let problem: unknown;
  const done = await until(
    () =>
      set().then(
        () => true,
        (error: unknown) => ((problem = error), false),
      ),
    20_000,
    500,
  );
  if (!done) throw problem;
}
