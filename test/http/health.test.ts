/** What the service says of itself, part by part, when a part is wrong. */
import { workflowId } from '../../src/temporal/contract';
import { eventually } from '../workflows/support/eventually';
import { Deciding } from './support/deciding';

let deciding: Deciding;

beforeAll(async () => {
  deciding = await Deciding.start();
});
afterAll(() => deciding.stop());
afterEach(() =>
  deciding.api.pool.query('DELETE FROM workers; DELETE FROM webhooks; DELETE FROM conversations'),
);

interface Finding {
  part: string;
  state: string;
  says: string;
  fix: string | null;
  command: string | null;
  see: string | null;
}

async function health(): Promise<Record<string, unknown> & { findings: Finding[] }> {
  const { status, body, text } = await deciding.api.get('/v1/health');
  if (status !== 200) throw new Error(text);
  return body as unknown as Awaited<ReturnType<typeof health>>;
}

async function finding(part: string): Promise<Finding> {
  const found = (await health()).findings.find((one) => one.part === part);
  if (!found) throw new Error(`there is no finding of ${part}`);
  return found;
}

/** What a worker reports. */
const report = (told: { unwritten?: number; lag?: number | null; dropped?: number } = {}) =>
  deciding.api.pool.query(
    `INSERT INTO workers (worker, heard_at, oldest_unwritten_ms, timer_lag_ms, dropped)
     VALUES ('w' || random(), now() + interval '10 seconds', $1, $2, $3)`,
    [told.unwritten ?? 0, told.lag ?? null, told.dropped ?? 0],
  );

/** A conversation whose timer was due so many seconds ago. */
const overdue = async (seconds: number, account = deciding.api.account) => {
  await inboxOf(account);
  await deciding.api.pool.query(
    `INSERT INTO conversations (account, inbox, conversation, status, next)
     VALUES ($1, 'support', 'late', 'in_progress', $2)`,
    [account, { timer: 'auto_close', due_at: new Date(Date.now() - seconds * 1000).toISOString() }],
  );
};

const inboxOf = (account: string) =>
  deciding.api.pool.query(
    `INSERT INTO inboxes (account, inbox, settings) VALUES ($1, 'support', '{}') ON CONFLICT DO NOTHING`,
    [account],
  );

test('where nothing is wrong, every part says so', async () => {
  await report({ lag: 120 });
  await new Promise((resolve) => setTimeout(resolve, 2_100)); // what readyz remembers
  const { findings, ...figures } = await health();
  expect(findings.filter(({ state }) => state !== 'ok')).toEqual([]);
  expect(figures).toMatchObject({
    ...{ temporal: 'ok', worker: 'ok', postgres: 'ok', workers: 1, oldest_unwritten_seconds: 0 },
    ...{ timer_lag_seconds: 0.12, overdue: 0, dropped: 0, failing: { n: 0, conversations: [] } },
    tasks: { waiting: 0, pollers: expect.any(Number) as number },
    outbox: { active: 0, failing: 0, paused: 0, waiting: 0 },
  });
});

test('a timer that is a minute late is wrong, and the page shows which', async () => {
  await report();
  await overdue(30);
  expect(await finding('timers')).toMatchObject({ state: 'ok' });
  await deciding.api.pool.query('DELETE FROM conversations');
  await overdue(90);
  expect(await finding('timers')).toMatchObject({
    ...{ state: 'wrong', see: 'timers', command: 'npm run reconcile -- --dry-run' },
    says: expect.stringContaining('1 timer more than a minute late') as string,
  });
});

test('a conversation whose workflow’s task fails again and again is stuck, and Temporal’s UI shows why', async () => {
  await report();
  expect(await finding('conversations')).toMatchObject({ state: 'ok', says: 'None is stuck.' });
  const { service, api } = deciding;
  // as after a deploy that lost the code of a workflow: the worker takes its task and cannot go on
  const stuck = await service.client.workflow.start('conversation_of_lost_code', {
    taskQueue: service.taskQueue,
    workflowId: workflowId({ account: api.account, inbox: 'support', conversation: 'c_stuck' }),
  });
  try {
    const state = async () => (await finding('conversations')).state;
    await eventually('is told of as stuck', async () => (await state()) === 'wrong', 40_000);
    expect(await finding('conversations')).toMatchObject({
      ...{ see: 'temporal', command: 'npm run reconcile -- --dry-run' },
      says: expect.stringMatching(/^1 conversation stuck: .*again and again. support\/c_stuck$/) as string,
      fix: expect.stringContaining('Do not terminate') as string,
    });
  } finally {
    await stuck.terminate();
  }
}, 60_000);

test('what is late in another account is not told', async () => {
  await report();
  await overdue(90, 'somebody-else');
  expect(await finding('timers')).toMatchObject({ state: 'ok' });
});

test('timers that acted late are a warning, signals that were no event too', async () => {
  await report({ lag: 300_000, dropped: 2 });
  await report({ lag: 100, dropped: 1 });
  expect(await finding('timers')).toMatchObject({
    ...{ state: 'warning', says: 'Those of the last minutes acted within 5 min.' },
  });
  expect(await finding('signals')).toMatchObject({
    ...{ state: 'warning', says: expect.stringMatching(/^3 signals dropped/) as string },
  });
});

test('an endpoint that fails, or is paused, is told with what it was not told', async () => {
  await report();
  const { webhook } = (await deciding.api.post('/v1/webhooks', { url: 'https://hooks.example.com/in' })).body;
  expect(await finding('webhooks')).toMatchObject({ state: 'ok', says: '1 endpoint told. Nothing waits.' });
  await deciding.api.pool.query('UPDATE webhooks SET failures = 5 WHERE webhook = $1', [webhook]);
  expect(await finding('webhooks')).toMatchObject({ state: 'wrong', see: 'webhooks' });
  await deciding.api.pool.query(`UPDATE webhooks SET failures = 0, state = 'paused'`);
  expect(await finding('webhooks')).toMatchObject({ state: 'warning', see: 'webhooks' });
});

test('effects that no worker hands to endpoints are wrong', async () => {
  await report();
  await deciding.api.post('/v1/webhooks', { url: 'https://hooks.example.com/in' });
  const c = deciding.conversation();
  await c.decide({ id: 'm', type: 'message' });
  expect(await finding('outbox')).toMatchObject({ state: 'ok' });
  await deciding.api.pool.query(`UPDATE outbox SET created_at = now() - interval '5 minutes'`);
  expect(await finding('outbox')).toMatchObject({
    ...{ state: 'wrong', says: 'Effects have waited for 5 min to be handed to endpoints.', see: 'webhooks' },
  });
});
