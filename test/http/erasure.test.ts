/** Erased is erased: rows in every table of the schema, workflows that run and that rest, with their histories. */
import { setTimeout as sleep } from 'node:timers/promises';
import { rolloutWorkflowId } from '../../src/temporal/contract';
import { eventually } from '../workflows/support/eventually';
import { TestApi } from './support/api';
import { Deciding, type Conversation } from './support/deciding';

let d: Deciding;
beforeAll(async () => void (d = await Deciding.start()));
afterAll(() => d.stop());

/** What must not have an account, and why it holds nothing of one. */
const WITHOUT_ACCOUNT = {
  code_numbers: 'of the program',
  migrations: 'of the program',
  outbox_horizon: 'a place in the outbox',
  workers: 'processes',
  key_rates: 'goes with its key',
};

async function tables(): Promise<{ name: string; account: boolean }[]> {
  const { rows } = await d.api.pool.query<{ name: string; account: boolean }>(
    `SELECT c.relname AS name, bool_or(a.attname = 'account') AS account
     FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     WHERE c.relkind IN ('r', 'p') AND c.relnamespace = current_schema()::regnamespace GROUP BY 1 ORDER BY 1`,
  );
  return rows;
}

/** The tables in which this text stands anywhere, with how many rows. */
async function rowsWith(text: string): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const { name } of await tables()) {
    const { rows } = await d.api.pool.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM ${name} t WHERE strpos(t::text, $1) > 0`,
      [text],
    );
    if (rows[0]?.n) found[name] = rows[0].n;
  }
  return found;
}

async function executionsWith(text: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { workflowId } of d.service.client.workflow.list({
    query: `WorkflowId STARTS_WITH 'conversation/${d.api.account}/'`,
  }))
    if (workflowId.includes(text)) found.push(workflowId);
  return found;
}

/** One that has lived through two runs, with rows of all kinds. */
async function lived(c: Conversation): Promise<void> {
  const score = { id: 's', type: 'csat_answer', score: 5, comment: 'fine' };
  for (const event of [
    { id: 'a', type: 'message' },
    { id: 'b', type: 'agent_reply', agent: 'ana' },
    { id: 't', type: 'tag_add', tags: ['vip'] },
    { id: 'c', type: 'close', agent: 'ana' },
    score,
  ])
    await c.decide(event);
  await c.rested();
  await c.decide({ id: 'd', type: 'message' });
  await c.decide({ id: 'u', type: 'tag_add', tags: ['vip'] });
  const { api } = d;
  const key = [api.account, c.inbox, c.id];
  await api.pool.query(
    `INSERT INTO deliveries (webhook, nth, account, inbox, conversation, type, body, due_at, created_at)
     VALUES ('w_' || $3, 1, $1, $2, $3, 'x', '{}', now(), now())`,
    key,
  );
  await api.pool.query(
    `INSERT INTO conversation_aliases (account, inbox, alias, conversation) VALUES ($1, $2, 'x-' || $3, $3)`,
    key,
  );
}

async function erased(path: string): Promise<Record<string, unknown>> {
  const { status, body, text } = await d.api.ask('DELETE', path);
  expect([status, text]).toEqual([202, text]);
  return eventually(
    'it is done',
    async () => {
      const told = (await d.api.get(`/v1/erasures/${String(body.erasure)}`)).body;
      return told.state === 'done' && told;
    },
    60_000,
  );
}

// Temporal's lists are behind, so each erasure takes seconds: three of them at the same time.
test('every table has an account, or a reason', async () => {
  const without = (await tables()).filter((table) => !table.account).map((table) => table.name);
  expect(without).toEqual(Object.keys(WITHOUT_ACCOUNT).sort());
});

test.concurrent(
  'given a conversation with a past, when it is erased, then nothing of it is left, and its next event starts a stranger',
  async () => {
    const [c, other] = [d.conversation('csat'), d.conversation('csat')];
    await Promise.all([c, other].map(lived));
    const before = await rowsWith(other.id);
    expect(Object.keys(await rowsWith(c.id))).toEqual(
      expect.arrayContaining([
        ...['conversation_aliases', 'conversation_tags', 'conversations', 'deliveries', 'episodes', 'outbox'],
        ...['surveys', 'timeline'],
      ]),
    );
    expect(await executionsWith(`/${c.id}`)).toHaveLength(2);

    const told = await erased(c.path);
    expect(told).toMatchObject({ scope: 'conversation', left: null, erased: { workflows: 2 } });
    expect(told.erased).toMatchObject({ rows: { conversations: 1, timeline: 7, surveys: 1, episodes: 2 } });
    expect(await rowsWith(c.id)).toEqual({});
    expect(await executionsWith(`/${c.id}`)).toEqual([]);
    expect(await rowsWith(other.id)).toEqual(before);
    expect((await d.api.get(c.path)).status).toBe(404);
    expect((await d.api.ask('DELETE', c.path)).status).toBe(404);

    const { body } = await c.decide({ id: 'a', type: 'message' });
    expect(body).toMatchObject({
      verdict: 'applied',
      conversation: { version: 1, episode: 1, survey: null },
    });
  },
);

test.concurrent(
  'given a conversation that is being erased, no process takes its events; sent again they are a stranger’s',
  async () => {
    const { client, database } = d.service;
    const elsewhere = await TestApi.start({ client, database });
    try {
      await takenByNone(elsewhere);
    } finally {
      await elsewhere.stop();
    }
  },
);

/** @param elsewhere another process of the API */
async function takenByNone(elsewhere: TestApi): Promise<void> {
  const c = d.conversation();
  await c.decide({ id: 'a', type: 'message' });
  const sent = { id: 'z', type: 'message' };
  const send = (api: TestApi) =>
    api.post(`${c.path}/events`, sent, { key: d.api.key, headers: { Prefer: 'respond-async' } });
  await eventually('it is taken', async () => (await send(elsewhere)).status === 202);
  const { status, body } = await d.api.ask('DELETE', c.path);
  expect(status).toBe(202);
  const answers = await Promise.all([send(d.api), send(elsewhere)]);
  expect(answers.map((answer) => answer.status)).toEqual([503, 503]);
  for (const answer of answers) expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  const others = [c.id, d.conversation().id].map((conversation) => ({ conversation, event: sent }));
  const batch = await d.api.post('/v1/inboxes/support/events', others);
  expect(batch.body).toMatchObject([{ status: 503 }, { status: 202 }]);

  await eventually('it is taken again', async () => (await send(elsewhere)).status === 202, 60_000);
  expect((await d.api.get(`/v1/erasures/${String(body.erasure)}`)).body.state).toBe('done');
  expect(
    await eventually('it is decided', async () => {
      const entries = await c.timeline();
      return entries.length > 0 && entries;
    }),
  ).toMatchObject([{ seq: 1, event: 'z', verdict: 'applied' }]);
}

test.concurrent(
  'given a rollout of settings whose history names a conversation, its erasure is done once that has ended and is deleted',
  async () => {
    const inbox = await d.api.inbox();
    const c = d.conversation(inbox);
    await c.decide({ id: 'a', type: 'message' });
    const { account } = d.api;
    const rollout = await d.service.client.workflow.start('settings_rollout', {
      workflowId: rolloutWorkflowId({ account, inbox }),
      taskQueue: d.service.taskQueue,
      startDelay: '1h',
      args: [
        { account, inbox },
        { after: c.id, settings_version: 1 },
      ],
    });
    let isDone = false;
    const erasing = erased(c.path).finally(() => (isDone = true));
    await eventually('no row is left', async () => Object.keys(await rowsWith(c.id)).join() === 'erasures');
    await sleep(7_000); // without a rollout it is done after five
    expect(isDone).toBe(false);
    await rollout.terminate();
    await erasing;
    await expect(rollout.fetchHistory()).rejects.toThrow(/not found/i);
  },
);

test.concurrent(
  'given an inbox, when it is erased, then it is gone at once, and nothing of it is left',
  async () => {
    const inbox = await d.api.inbox({ csat: { enabled: true } });
    await Promise.all([d.conversation(inbox), d.conversation(inbox)].map(lived));
    const path = `/v1/inboxes/${inbox}`;
    expect((await d.api.ask('DELETE', path)).status).toBe(400);
    expect((await d.api.ask('DELETE', `${path}?confirm=other`)).status).toBe(400);
    const erasing = erased(`${path}?confirm=${inbox}`);
    await eventually('it takes no more events', async () => {
      const event = { id: 'late', type: 'message' };
      return (await d.api.post(`${path}/conversations/late/events`, event)).status === 404;
    });
    expect(await erasing).toMatchObject({
      scope: 'inbox',
      erased: { rows: { conversations: 2, inboxes: 1 } },
    });
    const left = await rowsWith(inbox);
    delete left.audit; // who made and erased it
    expect(left).toEqual({});
    expect(await executionsWith(`/${inbox}/`)).toEqual([]);
  },
);

test('given an account, when it is erased, then nothing of it is left but that it was', async () => {
  const { api } = d;
  await lived(d.conversation('csat'));
  await api.post('/v1/webhooks', { url: 'https://hooks.example.com/in' });
  expect((await api.ask('DELETE', `/v1/accounts/elsewhere?confirm=elsewhere`)).status).toBe(404);
  const { status } = await api.ask('DELETE', `/v1/accounts/${api.account}?confirm=${api.account}`);
  expect(status).toBe(202);
  await eventually('its keys are gone', async () => (await api.get('/v1/inboxes')).status === 401, 60_000);
  await eventually(
    'it is done',
    async () => {
      const { rows } = await api.pool.query(`SELECT FROM erasures WHERE state = 'running'`);
      return rows.length === 0;
    },
    60_000,
  );
  expect(Object.keys(await rowsWith(api.account))).toEqual(['audit', 'erasures']);
  expect(await executionsWith('/')).toEqual([]);
});
