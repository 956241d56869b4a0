import { audit } from '../harness/audit';
import { post, type Sent } from '../harness/load';
import { ask, machineDelay } from '../harness/probe';
import { broken, type Row } from '../harness/row';
import { signalOf } from '../harness/signal';
import { until } from '../harness/until';
import { taskFailures } from '../harness/workflows';
import { explainQuery, workflowId } from '../../../src/temporal/contract';
import { account } from '../harness/world';

const big = 'x'.repeat(1_000_000);
const POISON: [signal: string, args: unknown[]][] = [
  ['message', []],
  ['message', [null]],
  ['message', ['text']],
  ['message', [42]],
  ['message', [[]]],
  ['message', [{}]],
  ['message', [{ id: 7 }]],
  ['message', [{ id: '' }]],
  ['message', [{ id: 'x'.repeat(200) }]],
  ['message', [{ id: 'p1', kind: 'carrier pigeon' }]],
  ['message', [{ id: big }]],
  ['agent_reply', [{ id: 'p2' }]],
  ['agent_reply', [{ id: 'p3', agent: null }]],
  ['close', [{ id: 'p4', agent: { name: 'ana' } }]],
  ['close', [{ id: 'p5', agent: 'ana', reason: big }]],
  ['csat_answer', [{ id: 'p6', score: 6 }]],
  ['csat_answer', [{ id: 'p7', score: '5' }]],
  ['assign', [{ id: 'p8' }]],
  ['snooze', [{ id: 'p9', until: 'tomorrow' }]],
  ['tag_add', [{ id: 'p10', tags: [] }]],
  ['flow_start', [{ id: 'p11', flow: 'f' }]],
  ['no_such_signal', [{ id: 'p12' }]],
  ['Message', [{ id: 'p13' }]],
  ['auto_close_due', [{ id: 'p14', due_at: 0 }]],
  ['restored', [{ id: 'p15', row_seq: 0 }]],
];
const PROMISED_MS = 1_000;

/** Bad signals, sent to the workflow directly: each is dropped and counted, and the next good event works. */
export const poison: Row = {
  n: 9,
  promise: 'poison does no harm',
  async run({ world, inbox }) {
    await Promise.all([world.api().start(), world.worker().start()]);
    const settings = await world.inbox(inbox);
    const conversation = 'poisoned';
    const sent: Sent[] = [];
    const times: number[] = [];
    const good = async () => {
      const began = Date.now();
      const event = { id: `good.${sent.length}`, type: 'message' };
      sent.push(await post(world.client(), inbox, { conversation, event, prefer: 'wait=10' }));
      times.push(Date.now() - began);
    };
    await good();
    const machine = machineDelay(world.url, world.key);
    for (const [signal, args] of POISON) {
      await signalOf(world, { inbox, conversation }, signal, args);
      await good();
    }
    const delay = await machine.end();
    const path = `/v1/inboxes/${inbox}/conversations/${conversation}/events`;
    const answers = await Promise.all(
      POISON.slice(1).map(([type, [body]]) => ask(world.url, world.key, path, { type, ...(body as object) })),
    );
    const handle = world.workflows.workflow.getHandle(workflowId({ account, inbox, conversation }));
    const dropped = async () => (await handle.query(explainQuery)).dropped;
    await until(async () => (await dropped()) >= POISON.length, 5_000);
    const found = await audit(world, { inbox, settings, sent, withinMs: 10_000 });
    const failures = await taskFailures(world, inbox, [conversation]);
    return {
      audit: found,
      failed: [
        ...broken({
          'each is counted': (await dropped()) === POISON.length,
          'the next good event is decided within 1 s': Math.max(...times.slice(1)) <= PROMISED_MS + delay,
          'over HTTP each is answered 4xx': answers.every(({ status }) => status >= 400 && status < 500),
        }),
        ...failures.map((what) => `workflow task failure: ${what}`),
      ],
      figures: {
        poisoned: POISON.length,
        dropped: await dropped(),
        'task failures': failures.length,
        'slowest good event (ms)': Math.max(...times.slice(1)),
        'delay by the machine (ms)': delay,
        'HTTP answers': [...new Set(answers.map(({ status }) => status))].sort().join(' '),
      },
    };
  },
};
