/** What is due when, and what is overdue: of conversations whose next timer the test has written. */
import { TestApi } from './support/api';
import { isProblem } from './support/problem';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let api: TestApi;

beforeAll(async () => {
  api = await TestApi.start();
  await api.inbox({}, 'support');
});
afterAll(() => api.stop());

/** Conversations whose timer is due so long from now. */
async function due(inbox: string, timer: string, inMs: number, n = 1, account = api.account): Promise<void> {
  await api.pool.query(
    `INSERT INTO inboxes (account, inbox, settings) VALUES ($1, $2, '{}') ON CONFLICT DO NOTHING`,
    [account, inbox],
  );
  await api.pool.query(
    `INSERT INTO conversations (account, inbox, conversation, status, next)
     SELECT $1, $2, $3 || '_' || i, 'in_progress', $4 FROM generate_series(1, $5) AS i`,
    [account, inbox, `${timer}_${inMs}`, { timer, due_at: new Date(Date.now() + inMs).toISOString() }, n],
  );
}

interface Part {
  from: string;
  to: string;
  n: number;
  by_timer: Record<string, number>;
}
interface Timers {
  at: string;
  overdue: { n: number; items: { conversation: string; timer: string }[] };
  within_an_hour: number;
  parts: Part[];
}

async function timers(inbox: string, query = ''): Promise<Timers> {
  const { status, body, text } = await api.get(`/v1/inboxes/${inbox}/timers${query}`);
  if (status !== 200) throw new Error(text);
  return body as unknown as Timers;
}

test('ten thousand closes at midnight are seen the day before', async () => {
  const inbox = await api.inbox();
  await due(inbox, 'auto_close', 20 * HOUR, 10_000);
  await due(inbox, 'snooze', 20 * HOUR);
  await due(inbox, 'auto_archive', 2 * HOUR);
  const { parts, within_an_hour, overdue } = await timers(inbox);
  expect(parts).toHaveLength(49);
  const [peak] = [...parts].sort((a, b) => b.n - a.n);
  expect(peak).toMatchObject({ n: 10_001, by_timer: { auto_close: 10_000, snooze: 1, auto_archive: 0 } });
  const at = Date.now() + 20 * HOUR;
  expect(Date.parse(peak?.from ?? '')).toBeLessThanOrEqual(at);
  expect(Date.parse(peak?.to ?? '')).toBeGreaterThan(at - 10_000);
  expect(parts.reduce((sum, { n }) => sum + n, 0)).toBe(10_002);
  expect([within_an_hour, overdue.n]).toEqual([0, 0]);
});

test.each([
  ['hour', 13, 5 * MINUTE],
  ['day', 49, 30 * MINUTE],
  ['week', 57, 3 * HOUR],
])('the parts of a %s follow one another and begin with this moment', async (within, n, each) => {
  const { at, parts } = await timers('support', `?within=${within}`);
  expect(parts).toHaveLength(n);
  for (const [i, { from, to }] of parts.entries()) {
    expect(Date.parse(to) - Date.parse(from)).toBe(each);
    if (i > 0) expect(from).toBe(parts[i - 1]?.to);
  }
  expect(Date.parse(parts[0]?.from ?? '')).toBeLessThanOrEqual(Date.parse(at));
});

test('a timer that has not acted is overdue, the latest first, and in no part', async () => {
  const inbox = await api.inbox();
  await due(inbox, 'csat_timeout', -HOUR);
  await due(inbox, 'auto_close', -3 * HOUR);
  await due(inbox, 'snooze', 10 * MINUTE);
  const { overdue, within_an_hour, parts } = await timers(inbox, '?within=hour');
  expect(overdue.n).toBe(2);
  expect(overdue.items.map(({ timer }) => timer)).toEqual(['auto_close', 'csat_timeout']);
  expect(within_an_hour).toBe(1);
  expect(parts.reduce((sum, { n }) => sum + n, 0)).toBe(1);
});

test('of many that are overdue twenty are named, and all are counted', async () => {
  const inbox = await api.inbox();
  await due(inbox, 'auto_close', -HOUR, 50);
  const { overdue } = await timers(inbox);
  expect([overdue.n, overdue.items.length]).toEqual([50, 20]);
});

test('nothing is told of another inbox, or of an inbox of that name in another account', async () => {
  const [inbox, other] = [await api.inbox(), await api.inbox()];
  await due(other, 'auto_close', -HOUR);
  await due(inbox, 'auto_close', -HOUR, 3, 'somebody-else');
  await due(inbox, 'auto_close', HOUR / 2, 3, 'somebody-else');
  const { overdue, within_an_hour, parts } = await timers(inbox);
  expect(overdue).toEqual({ n: 0, items: [] });
  expect([within_an_hour, parts.some(({ n }) => n > 0)]).toEqual([0, false]);
});

test('what cannot be meant is refused', async () => {
  isProblem(await api.get('/v1/inboxes/support/timers?within=year'), 400);
  isProblem(await api.get('/v1/inboxes/nowhere/timers'), 404);
});
