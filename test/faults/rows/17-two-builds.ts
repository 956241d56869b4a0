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
import { TASK_QUEUE } from '../../../src/temporal/contract';

/** A change that shows in every history: a build without it cannot read one that was made with it. */
const CHANGE = {
  file: 'workflows/conversation.ts',
  find: '  held ??= begin(',
  put: "  if (wf.patched('second-build')) wf.upsertMemo({ build: 'second' });\n  held ??= begin(",
};

/** A second build beside the first, made the current one, and taken back, under open conversations. */
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
      const found = await audit(world, { inbox, settings, sent, withinMs: 60_000 });
      const ready = await ask(world.url, world.key, '/readyz');
      const failures = await taskFailures(world, inbox, names);
      const second = await world.workflows.workflow.count(
        `InboxId = '${inbox}' AND TemporalChangeVersion = 'second-build'`,
      );
      return {
        audit: found,
        failed: [
          ...failures.slice(0, 5).map((what) => `workflow task failure: ${what}`),
          ...(ready.status === 200 ? [] : ['ready, with versioned workers']),
          ...(second.count > 0 ? [] : ['the second build worked on some']),
        ],
        figures: {
          conversations: names.length,
          'runs of the second build': second.count,
          'task failures': failures.length,
        },
      };
    } finally {
      remove();
    }
  },
};

/** Has conversations that start now begin with that build. */
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
