/** Conversations from elsewhere: what a line becomes, what is refused, and that their timers go on. */
import { WorkflowNotFoundError } from '@temporalio/common';
import { request } from 'node:http';
import { startWaker } from '../../src/maintenance/waker';
import { createLogger } from '../../src/runtime/log';
import { workflowId } from '../../src/temporal/contract';
import { eventually } from '../workflows/support/eventually';
import { Deciding } from './support/deciding';

let d: Deciding;
beforeAll(async () => void (d = await Deciding.start()));
afterAll(() => d.stop());

const ago = (seconds: number) => new Date(Date.now() - seconds * 1_000).toISOString();
const NDJSON = { 'Content-Type': 'application/x-ndjson' };

interface Result {
  refused: Record<string, unknown>[];
  summary: Record<string, unknown> | undefined;
}

async function send(inbox: string, body: string | Uint8Array, query = ''): Promise<Result> {
  const answer = await d.api.post(`/v1/inboxes/${inbox}/import${query}`, body, { headers: NDJSON });
  expect([answer.status, answer.text]).toEqual([200, answer.text]);
  const lines = answer.text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  return { summary: lines.pop(), refused: lines };
}

const imports = (inbox: string, lines: object[], query?: string) =>
  send(inbox, lines.map((line) => JSON.stringify(line)).join('\n'), query);

const found = async (inbox: string, conversation: string) =>
  (await d.api.get(`/v1/inboxes/${inbox}/conversations/${conversation}`)).body;

const count = async (table: string, inbox: string) => {
  const { rows } = await d.api.pool.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM ${table} WHERE account = $1 AND inbox = $2`,
    [d.api.account, inbox],
  );
  return rows[0]?.n;
};

const survey = (state: string, asked: number) => ({ state, agent: 'ana', asked_at: ago(asked) });

test('a conversation is as its line says, and its timeline begins with imported', async () => {
  const inbox = await d.api.inbox({ auto_close: { after_seconds: 3_600 } });
  const line = {
    conversation: 'c_1',
    status: 'in_progress',
    unread: true,
    assignee: { team: 'sales', agent: 'ana' },
    tags: [{ name: 'vip', locked: true }, { name: 'new' }],
    opted_out: true,
    opened_by: 'message',
    started_at: ago(500),
    first_reply_at: ago(400),
    last_customer_message_at: ago(500),
    last_agent_reply_at: ago(100),
    last_activity_at: ago(100),
    episodes: [
      {
        episode: 3,
        started_at: ago(9_000),
        closed_at: ago(8_000),
        agents: ['ben'],
        survey: { ...survey('answered', 8_000), survey: 'c_1.4', score: 5, answered_at: ago(7_900) },
      },
    ],
  };
  expect(await imports(inbox, [line])).toEqual({
    refused: [],
    summary: { imported: 1, skipped: 0, refused: 0, due_at_once: 0 },
  });
  expect(await found(inbox, 'c_1')).toMatchObject({
    ...{
      status: 'in_progress',
      version: 1,
      episode: 4,
      unread: true,
      waiting_on: 'customer',
      opted_out: true,
    },
    ...{ assignee: line.assignee, started_at: line.started_at, survey: { survey: 'c_1.4', score: 5 } },
    tags: [
      { name: 'vip', locked: true },
      { name: 'new', locked: false },
    ],
    window_closes_at: new Date(Date.parse(line.last_customer_message_at) + 86_400_000).toISOString(),
    next: {
      timer: 'auto_close',
      due_at: new Date(Date.parse(line.last_activity_at) + 3_600_000).toISOString(),
    },
  });
  const path = `/v1/inboxes/${inbox}/conversations/c_1`;
  expect((await d.api.get(`${path}/timeline`)).body.items).toMatchObject([
    { seq: 1, event: '@imported', type: 'imported', verdict: 'applied', to: 'in_progress' },
  ]);
  expect((await d.api.get(`${path}/episodes`)).body.items).toMatchObject([
    { episode: 4, closed_at: null },
    { episode: 3, agents: ['ben'], survey: { score: 5 } },
  ]);
  expect(await count('outbox', inbox)).toBe(0);
  const handle = d.service.client.workflow.getHandle(
    workflowId({ account: d.api.account, inbox, conversation: 'c_1' }),
  );
  await expect(handle.describe()).rejects.toBeInstanceOf(WorkflowNotFoundError);
});

test('given an imported conversation, when something happens, then it goes on from there', async () => {
  const closed_at = ago(60);
  await imports('support', [
    {
      conversation: 'on',
      status: 'closed',
      closed_at,
      episodes: [{ episode: 1, started_at: ago(90), closed_at, agents: ['ana'] }],
    },
  ]);
  await d.api.post(
    '/v1/inboxes/support/conversations/on/events',
    { id: 'm', type: 'message' },
    {
      headers: { Prefer: 'wait=10' },
    },
  );
  expect(await found('support', 'on')).toMatchObject({ status: 'new', episode: 2, version: 2 });
});

test('a line that is wrong is named with its field and rule, and the others are imported', async () => {
  const lines = [
    JSON.stringify({ conversation: 'w_1', status: 'open' }),
    '{"conversation": ',
    '',
    JSON.stringify({ conversation: 'w_2', status: 'new', colour: 'red', tags: [{ name: '' }] }),
    JSON.stringify({ conversation: 'w_3', status: 'in_flow' }),
    JSON.stringify({ conversation: 'w_4', status: 'new', last_customer_message_at: ago(-900) }),
    JSON.stringify({ conversation: 'w_5', status: 'resolved' }),
    JSON.stringify({ conversation: 'w_6', status: 'new', archived: true }),
    '7',
    JSON.stringify({ conversation: 'right', status: 'new' }),
    JSON.stringify({ conversation: 'w_7', status: 'new', opened_by: 'x'.repeat(1_000_000) }),
  ];
  const broken = Buffer.concat([
    Buffer.from(lines.join('\n') + '\n"'),
    Buffer.from([0xff]),
    Buffer.from('"\n'),
  ]);
  const { refused, summary } = await send('support', broken);
  const paths = (line: number) =>
    (refused.find((r) => r.line === line)?.errors as { path: string }[]).map((e) => e.path);
  expect(refused.map((r) => r.line)).toEqual([1, 2, 4, 5, 6, 7, 8, 9, 11, 12]);
  expect([1, 4, 6, 7, 8].map(paths)).toEqual([
    ['status'],
    ['tags.0.name', 'colour'],
    ['last_customer_message_at'],
    ['survey'],
    ['archived'],
  ]);
  expect(refused.find((r) => r.line === 5)).toEqual({ line: 5, conversation: 'w_3', rule: 'flow_elsewhere' });
  expect(refused.at(-2)).toMatchObject({ errors: [{ message: 'must be at most 1 MB' }] });
  expect(refused.at(-1)).toMatchObject({ errors: [{ message: 'is not UTF-8' }] });
  expect(summary).toEqual({ imported: 1, skipped: 0, refused: 10, due_at_once: 0 });
  expect(await found('support', 'right')).toMatchObject({ status: 'new' });
});

test('given conversations that are known, when they are imported, then they are left alone, or refused', async () => {
  const inbox = await d.api.inbox();
  await d.api.post(`/v1/inboxes/${inbox}/contacts`, { conversations: ['k'] });
  const lines = [
    { conversation: 'k', status: 'new' },
    { conversation: 'l', status: 'new' },
    { conversation: 'l', status: 'closed' },
  ];
  expect((await imports(inbox, lines)).summary).toEqual({
    imported: 1,
    skipped: 2,
    refused: 0,
    due_at_once: 0,
  });
  expect(await imports(inbox, lines.slice(1), '?on_conflict=refuse')).toEqual({
    refused: [1, 2].map((line) => ({ line, conversation: 'l', rule: 'conversation_known' })),
    summary: { imported: 0, skipped: 0, refused: 2, due_at_once: 0 },
  });
  expect(await found(inbox, 'k')).toMatchObject({ status: 'not_contacted' });
  expect(await found(inbox, 'l')).toMatchObject({ status: 'new' });
});

test('a dry run says how many would act at once, and writes nothing', async () => {
  const inbox = await d.api.inbox({ auto_close: { after_seconds: 60 }, auto_archive: { after_seconds: 0 } });
  const lines = [
    { conversation: 'a', status: 'in_progress', last_agent_reply_at: ago(3_600) },
    { conversation: 'b', status: 'in_progress', last_agent_reply_at: ago(10) },
    { conversation: 'c', status: 'in_progress', last_customer_message_at: ago(3_600) },
    { conversation: 'd', status: 'closed', closed_at: ago(5) },
    { conversation: 'd', status: 'closed', closed_at: ago(5) },
  ];
  expect((await imports(inbox, lines, '?dry_run=true')).summary).toEqual({
    ...{ imported: 4, skipped: 1, refused: 0, due_at_once: 2 },
  });
  expect(await count('conversations', inbox)).toBe(0);
});

test('given timers of imported conversations, when they are due, then they act within five seconds', async () => {
  const inbox = await d.api.inbox({ auto_close: { after_seconds: 3_600 } });
  const lines = [1, 2, 3].map((n) => ({
    ...{ conversation: `t_${n}`, status: 'in_progress' },
    last_agent_reply_at: ago(3_600 - 2 - n / 10),
  }));
  await imports(inbox, lines);
  const stop = startWaker({
    ...{ pool: d.service.database.pool, temporal: d.service.temporal },
    logger: createLogger('silent'),
  });
  const late = await eventually('all are closed', async () => {
    const { rows } = await d.api.pool.query<{ late: number }>(
      `SELECT extract(epoch FROM at)::float8 - extract(epoch FROM (data ->> 'due_at')::timestamptz)::float8 AS late
       FROM timeline WHERE account = $1 AND inbox = $2 AND type = 'auto_close_due' AND verdict = 'applied'`,
      [d.api.account, inbox],
    );
    return rows.length === 3 && rows.map((r) => r.late);
  });
  await stop();
  expect(Math.max(...late)).toBeLessThan(5);
});

test('given an inbox whose settings change while it imports, when it ends, then all deadlines are by the new ones', async () => {
  const inbox = await d.api.inbox({ auto_close: { after_seconds: 7_200 } });
  const lines = Array.from({ length: 1_500 }, (_, n) => ({
    ...{ conversation: `s_${n}`, status: 'in_progress' },
    last_agent_reply_at: ago(60),
  }));
  const importing = imports(inbox, lines);
  await eventually('some are there', async () => (await count('conversations', inbox))! > 0);
  await d.api.put(`/v1/inboxes/${inbox}`, { settings: { auto_close: { after_seconds: null } } });
  await importing;
  const { rows } = await d.api.pool.query<{ wrong: number }>(
    `SELECT count(*)::int AS wrong FROM conversations
     WHERE account = $1 AND inbox = $2 AND (settings_version = 1) <> (next IS NOT NULL)`,
    [d.api.account, inbox],
  );
  expect(rows).toEqual([{ wrong: 0 }]);
});

test('given a client that is cut off in a line, when it sends all again, then each is imported once', async () => {
  const inbox = await d.api.inbox();
  const lines = Array.from({ length: 2_000 }, (_, n) =>
    JSON.stringify({ conversation: `x_${n}`, status: 'new' }),
  );
  const whole = lines.join('\n');
  await new Promise<void>((resolve) => {
    const headers = { ...NDJSON, Authorization: `Bearer ${d.api.key}` };
    const sending = request(`${d.api.url}/v1/inboxes/${inbox}/import`, { method: 'POST', headers });
    sending.on('error', () => {}).on('close', () => resolve());
    sending.write(whole.slice(0, whole.length * 0.7));
    void eventually('some are there', async () => (await count('conversations', inbox))! > 0).then(() =>
      sending.destroy(),
    );
  });
  const { summary } = await send(inbox, whole);
  expect(summary).toMatchObject({ refused: 0 });
  expect(Number(summary?.skipped)).toBeGreaterThan(0);
  expect(await count('conversations', inbox)).toBe(2_000);
  expect(await count('timeline', inbox)).toBe(2_000);
});

test('what is not NDJSON, and an inbox that nobody knows, are refused', async () => {
  const path = '/v1/inboxes/support/import';
  const line = '{"conversation": "z", "status": "new"}';
  expect((await d.api.post(path, line, { headers: { 'Content-Type': 'text/csv' } })).status).toBe(415);
  expect((await d.api.post(`${path}?dry_run=perhaps`, line, { headers: NDJSON })).status).toBe(400);
  expect((await d.api.post('/v1/inboxes/nowhere/import', line, { headers: NDJSON })).status).toBe(404);
});
