import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { audit } from '../harness/audit';
import { Load } from '../harness/load';
import { Random } from '../harness/random';
import { broken, type Row } from '../harness/row';
import { eachOf, until } from '../harness/until';
import { account, type World } from '../harness/world';

/** Conversations are erased under load, while worker and API are killed. Their ids, names and texts are looked for everywhere. */
export const erased: Row = {
  n: 26,
  promise: 'erased is erased (worker and API killed meanwhile)',
  async run({ world, seed, short, inbox }) {
    const random = new Random(seed);
    const [api, worker] = [world.api(), world.worker()];
    await Promise.all([api.start(), worker.start()]);
    const settings = await world.inbox(inbox, { csat: { enabled: true } });
    const client = world.client();
    const gone = Array.from(
      { length: short ? 4 : 20 },
      (_, i) => new Gone(world, inbox, `gone-${seed}-${i}-x`),
    );
    await client.request('POST', '/v1/webhooks', { body: { url: 'http://127.0.0.1:9/', inboxes: [inbox] } });
    await eachOf(gone, 4, (g) => g.live());
    const foundBefore = await found(world, gone);
    const load = new Load({
      ...{ client, inbox, seed },
      ...(short ? { rate: 20, conversations: 10 } : { rate: 80, conversations: 40 }),
    }).start();
    const kills = short ? 2 : 10;
    const killing = (async () => {
      for (let i = 0; i < kills; i += 1) {
        await sleep(random.between(200, 1_500));
        const part = random.chance(0.7) ? worker : api;
        await part.end('SIGKILL');
        await part.start();
      }
    })();
    const began = Date.now();
    const erasures = await eachOf(gone, 4, (g) => g.erase());
    await killing;
    const done = await until(async () => (await running(world)) === 0, 120_000, 250);
    const seconds = (Date.now() - began) / 1_000;
    const sent = await load.finish();
    const foundAfter = await found(world, gone);
    const strangers = await eachOf(gone, 4, (g) => g.isStranger());
    return {
      audit: await audit(world, { inbox, settings, sent, withinMs: 60_000 }),
      failed: broken({
        'they were everywhere before': foundBefore.rows >= 7 && foundBefore.executions.length >= gone.length,
        'each erasure is taken': erasures.every((status) => status === 202),
        'each erasure comes to its end': done,
        'no row holds anything of them': foundAfter.rows === 0,
        'no running or closed workflow is theirs': foundAfter.executions.length === 0,
        'no history holds anything of them': foundAfter.histories.length === 0,
        'no log line holds anything of them': foundAfter.logs === 0,
        'the next event starts a stranger': strangers.every(Boolean),
      }),
      figures: {
        ...{ kills, erased: gone.length, seconds, 'tables before': foundBefore.rows },
        ...{ 'workflows before': foundBefore.executions.length },
        ...{
          ...foundAfter,
          executions: named(foundAfter.executions),
          histories: named(foundAfter.histories),
        },
      },
    };
  },
};

/** A conversation with a past of every kind. */
class Gone {
  /** a text that is in its id, its names and its texts, to search for */
  readonly mark: string;
  private readonly path: string;

  constructor(
    private readonly world: World,
    private readonly inbox: string,
    id: string,
  ) {
    this.mark = id;
    this.path = `/v1/inboxes/${inbox}/conversations/${id}`;
  }

  async live(): Promise<void> {
    const client = this.world.client();
    await client.request('PUT', `/v1/inboxes/${this.inbox}/aliases/alias-${this.mark}`, {
      body: { conversation: this.mark },
    });
    for (const event of [
      { id: 'm1', type: 'message' },
      { id: 'r1', type: 'agent_reply', agent: 'ana' },
      { id: 't1', type: 'tag_add', tags: [`tag-${this.mark}`] },
      { id: 'f1', type: 'flow_start', flow: `flow-${this.mark}`, execution: 'x', has_priority: true },
      { id: 'c1', type: 'close', agent: 'ana', reason: `reason-${this.mark}` },
      { id: 's1', type: 'csat_answer', score: 5, comment: `comment-${this.mark}` },
      { id: 'm2', type: 'message' },
    ])
      await this.decide(event);
  }

  async erase(): Promise<number> {
    return (await this.world.client().request('DELETE', this.path)).status;
  }

  async isStranger(): Promise<boolean> {
    const { body } = await this.decide({ id: 'm1', type: 'message' });
    const { verdict, conversation } = body as { verdict?: string; conversation?: Record<string, unknown> };
    return verdict === 'applied' && conversation?.version === 1 && conversation.episode === 1;
  }

  private decide(event: object) {
    const headers = { prefer: 'wait=10' };
    return this.world.client().request('POST', `${this.path}/events`, { body: event, headers });
  }
}

async function running({ pool }: World): Promise<number> {
  const { rows } = await pool.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM erasures WHERE state = 'running'`,
  );
  return rows[0]?.n ?? NaN;
}

/** In how many tables, workflows, histories of other workflows and lines of logs something of them is found. */
async function found(world: World, gone: readonly Gone[]) {
  const marks = gone.map(({ mark }) => mark);
  return {
    rows: await tablesWith(world, marks),
    ...(await workflowsWith(world, marks)),
    logs: linesWith(world, marks),
  };
}

async function tablesWith({ pool }: World, marks: readonly string[]): Promise<number> {
  const { rows: tables } = await pool.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace`,
  );
  let held = 0;
  for (const { name } of tables) {
    const { rows } = await pool.query<{ any: boolean }>(
      `SELECT EXISTS (SELECT FROM ${name} t, unnest($1::text[]) mark WHERE strpos(t::text, mark) > 0) AS any`,
      [marks],
    );
    if (rows[0]?.any) held += 1;
  }
  return held;
}

/** Histories of others are looked through too, but not those of conversations: each is of one conversation. */
async function workflowsWith(
  { workflows }: World,
  marks: readonly string[],
): Promise<{ executions: string[]; histories: string[] }> {
  const executions: string[] = [];
  const histories: string[] = [];
  for await (const { workflowId, runId } of workflows.workflow.list({ query: `WorkflowId != ''` })) {
    if (marks.some((mark) => workflowId.includes(mark))) executions.push(workflowId);
    else if (!workflowId.startsWith(`conversation/${account}/`)) {
      const history = await workflows.workflow.getHandle(workflowId, runId).fetchHistory();
      const text = JSON.stringify(history, (_, value: unknown) =>
        value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : value,
      );
      if (marks.some((mark) => text.includes(mark))) histories.push(workflowId);
    }
  }
  return { executions, histories };
}

function linesWith({ folder }: World, marks: readonly string[]): number {
  const logs = folder.at('logs');
  return readdirSync(logs)
    .flatMap((name) => readFileSync(path.join(logs, name), 'utf8').split('\n'))
    .filter((line) => marks.some((mark) => line.includes(mark))).length;
}

/** How many, and of what kinds: the whole id may hold a name. */
function named(ids: readonly string[]): string {
  const kinds = [...new Set(ids.map((id) => id.split('/')[0]))];
  return [ids.length, ...kinds].join(' ');
}
