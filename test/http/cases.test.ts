/** What users of comparable inboxes suffer from, each as a sequence of events over HTTP with its right result. */
import { eventually } from '../workflows/support/eventually';
import { Deciding, type Conversation } from './support/deciding';

let deciding: Deciding;
let ids = 0;

beforeAll(async () => {
  deciding = await Deciding.start();
});
afterAll(() => deciding.stop());

const HOUR = 3_600_000;
const inFuture = (iso: unknown) => Date.parse(String(iso)) - Date.now();

/** A conversation in an inbox with these settings. */
async function given(settings: object = {}): Promise<Conversation> {
  return deciding.conversation(await deciding.api.inbox(settings));
}

/** @returns `applied`, the reason why it was ignored, or the rule that refused it */
async function when(c: Conversation, type: string, fields: object = {}): Promise<unknown> {
  const { body } = await c.decide({ id: `e${++ids}`, type, ...fields });
  return body.verdict === 'applied' ? 'applied' : (body.reason ?? body.rule);
}

/** Each of them is applied. */
async function life(c: Conversation, ...events: [string, object?][]): Promise<void> {
  for (const [type, fields] of events)
    expect(`${type}: ${String(await when(c, type, fields))}`).toBe(`${type}: applied`);
}

const now = async (c: Conversation) => (await deciding.api.get(c.path)).body;
const becomes = (c: Conversation, status: string) =>
  eventually(status, async () => (await now(c)).status === status);

const REPLY = { agent: 'ana' };
const INBOUND = { flow: 'menu', execution: 'x1', source: 'inbound' };
const BROADCAST = { flow: 'sale', execution: 'b1', source: 'broadcast' };
const CSAT = { csat: { enabled: true } };

test('the bot takes a returning customer after a close', async () => {
  const c = await given();
  await life(c, ['message'], ['agent_reply', REPLY], ['close', REPLY], ['message'], ['flow_start', INBOUND]);

  expect(await now(c)).toMatchObject({
    status: 'in_flow',
    episode: 2,
    opened_by: 'message',
    unread: false,
    waiting_since: null,
    waiting_on: 'bot',
  });
  await life(c, ['flow_end', { execution: 'x1' }]);
  expect(await now(c)).toMatchObject({ status: 'closed', close: { by: 'flow', agent: null, reason: null } });
});

test("a mark of unread on a closed conversation outlives a broadcast's flow", async () => {
  const c = await given();
  await life(c, ['message'], ['close', REPLY], ['mark_unread'], ['flow_start', BROADCAST]);
  expect(await now(c)).toMatchObject({ status: 'in_flow', unread: true });

  await life(c, ['flow_end', { execution: 'b1' }]);
  expect(await now(c)).toMatchObject({ status: 'closed', unread: true });
});

test("the bot's flow starts before the message arrives", async () => {
  const c = await given();
  await life(c, ['message'], ['close', REPLY], ['flow_start', INBOUND], ['message']);

  expect(await now(c)).toMatchObject({ status: 'in_flow', episode: 2, opened_by: 'inbound', unread: false });
});

test('a broadcast to 1,000 strangers nobody answers ends in 1,000 Closed, 0 unread', async () => {
  const inbox = await deciding.api.inbox({ flows: { timeout_seconds: 1, end_status: 'new' } });
  const events = Array.from({ length: 1000 }, (_, i) => ({
    conversation: `s_${i}`,
    event: { id: 'start', type: 'flow_start', ...BROADCAST },
  }));
  await deciding.take(inbox, events);

  const counts = async () => (await deciding.api.get(`/v1/inboxes/${inbox}/counts`)).body;
  const closed = async () => ((await counts()).status as Record<string, number>).closed === 1000;
  await eventually('all are closed', closed, 280_000);
  expect(await counts()).toMatchObject({ total: 1000, unread: 0 });
}, 300_000);

test('a dialogue with a message an hour lives for three days', async () => {
  const day = 3_000; // as long as this test can spare; an hour is its 24th part
  const c = await given({ flows: { timeout_seconds: day / 1000 } });
  await life(c, ['flow_start', { flow: 'talk', execution: 'x1' }]);
  const began = Date.now();
  while (Date.now() - began < 3 * day) {
    await c.send({ id: `m${++ids}`, type: 'message' });
    await new Promise((resolve) => setTimeout(resolve, day / 24));
  }

  expect(await now(c)).toMatchObject({ status: 'in_flow', flow: { customer_wrote: true } });
  await becomes(c, 'new');
}, 60_000);

test('a late `flow_end` of an interrupted execution ends nothing, and the same execution cannot start again', async () => {
  const c = await given();
  await life(c, ['flow_start', INBOUND], ['agent_reply', REPLY], ['close', REPLY]);
  const second = { ...BROADCAST, execution: 'x2' };
  await life(c, ['flow_start', second]);

  expect(await when(c, 'flow_end', { execution: 'x1', assign: { agent: 'bo' } })).toBe('stale_flow');
  expect(await now(c)).toMatchObject({ status: 'in_flow', flow: { execution: 'x2' } });
  await life(c, ['flow_end', { execution: 'x2' }]);
  for (const fields of [INBOUND, { ...INBOUND, has_priority: true }, second])
    expect(await when(c, 'flow_start', fields)).toBe('execution_ended');
});

test('ana is assigned while the bot talks, the bot ends: In progress, unread, hers', async () => {
  const c = await given();
  await life(
    c,
    ['message'],
    ['flow_start', INBOUND],
    ['assign', { agent: 'ana', by: 'the sorter' }],
    ['flow_end', { execution: 'x1' }],
  );

  expect(await now(c)).toMatchObject({
    status: 'in_progress',
    unread: true,
    assignee: { team: null, agent: 'ana' },
    waiting_on: 'agent',
  });
});

test('a good-bye sent as `automatic_message` after an auto-close leaves it closed', async () => {
  const c = await given({ auto_close: { after_seconds: 1 } });
  await life(c, ['message'], ['agent_reply', REPLY]);
  await becomes(c, 'closed');
  await life(c, ['automatic_message']);

  expect(await now(c)).toMatchObject({ status: 'closed', episode: 1, close: { by: 'auto_close' } });
});

test('an after-hours text does not stop the waiting, an answer by the FAQ bot does', async () => {
  const c = await given();
  await life(c, ['message'], ['automatic_message']);
  expect(await now(c)).toMatchObject({ status: 'new', unread: true, waiting_on: 'agent' });

  await life(c, ['automatic_message', { answers: true, by: 'faq' }]);
  expect(await now(c)).toMatchObject({
    status: 'new',
    unread: true,
    waiting_on: 'customer',
    waiting_since: null,
    first_reply_at: null,
  });
});

test("an answer typed on the phone itself interrupts the bot, with nobody's name", async () => {
  const c = await given();
  await life(c, ['message'], ['flow_start', INBOUND], ['agent_reply', { agent: null }]);

  expect(await now(c)).toMatchObject({
    status: 'in_progress',
    flow: null,
    assignee: { team: null, agent: null },
  });
  expect((await c.timeline())[0]).toMatchObject({ type: 'agent_reply', by: null });
});

test('a survey that cannot be delivered closes at once and says why', async () => {
  const c = await given(CSAT);
  await life(c, ['message'], ['close', REPLY], ['survey_failed', { reason: '131026' }]);

  expect(await now(c)).toMatchObject({
    status: 'closed',
    survey: { state: 'failed', failure: '131026' },
    close: { by: 'agent', agent: 'ana' },
  });
  expect(await when(c, 'csat_answer', { score: 5 })).toBe('no_survey');
});

test('"5" typed after the close is the rating, "5" typed in the middle of a talk is not', async () => {
  const c = await given(CSAT);
  await life(c, ['message'], ['agent_reply', REPLY], ['message', { rating: 5 }]);
  expect(await now(c)).toMatchObject({ status: 'in_progress', unread: true, survey: null });

  await life(c, ['close', REPLY], ['message', { rating: 5 }]);
  expect(await now(c)).toMatchObject({
    status: 'closed',
    survey: { state: 'answered', score: 5, late: false },
  });
});

test('"gracias" after the close leaves it closed', async () => {
  const c = await given(CSAT);
  await life(c, ['message'], ['close', REPLY]);
  expect(await when(c, 'message', { kind: 'courtesy' })).toBe('courtesy');
  expect(await now(c)).toMatchObject({ status: 'resolved' });

  await life(c, ['csat_answer', { score: 4 }]);
  expect(await when(c, 'message', { kind: 'courtesy' })).toBe('courtesy');
  expect(await now(c)).toMatchObject({ status: 'closed', episode: 1, unread: false });
});

test('a comment after the score is kept, a second is refused', async () => {
  const c = await given(CSAT);
  await life(
    c,
    ['message'],
    ['close', REPLY],
    ['csat_answer', { score: 4 }],
    ['csat_comment', { comment: 'quick' }],
  );
  expect(await now(c)).toMatchObject({ status: 'closed', survey: { score: 4, comment: 'quick' } });

  expect(await when(c, 'csat_comment', { comment: 'slow' })).toBe('survey_answered');
  expect(await now(c)).toMatchObject({ survey: { comment: 'quick' } });
});

test('two closes in an hour with a pause of a day: one survey', async () => {
  const c = await given({ csat: { enabled: true, pause_seconds: 86_400 } });
  await life(c, ['message'], ['close', REPLY]);
  expect(await now(c)).toMatchObject({ status: 'resolved' });

  await life(c, ['message'], ['close', REPLY]);
  expect(await now(c)).toMatchObject({
    status: 'closed',
    survey: { survey: `${c.id}.1`, state: 'superseded' },
  });
});

test('a blocked customer writes, is not surveyed, is not reached by a priority broadcast', async () => {
  const c = await given(CSAT);
  await life(c, ['message'], ['block', { by: 'ana' }]);
  expect(await when(c, 'message')).toBe('blocked');

  await life(c, ['close', REPLY]);
  expect(await now(c)).toMatchObject({ status: 'closed', blocked: true, survey: null });
  const urgent = { ...BROADCAST, has_priority: true };
  expect(await when(c, 'flow_start', urgent)).toBe('blocked');
  const path = `/v1/inboxes/${c.inbox}/broadcasts/eligibility`;
  const { body } = await deciding.api.post(path, { conversations: [c.id], has_priority: true });
  expect(body.blocked).toEqual([{ conversation: c.id, status: 'closed', reason: 'blocked' }]);
});

test('an opted-out one is reached by a flow and not by a broadcast', async () => {
  const c = await given();
  await life(c, ['message'], ['close', REPLY], ['opt_out']);
  expect(await when(c, 'flow_start', BROADCAST)).toBe('opted_out');
  expect(await when(c, 'flow_start', { ...BROADCAST, has_priority: true })).toBe('opted_out');

  await life(c, ['flow_start', INBOUND]);
  expect(await now(c)).toMatchObject({ status: 'in_flow', opted_out: true });
});

test('customers who wait are never auto-closed by default', async () => {
  const c = await given({ auto_close: { after_seconds: 1 } });
  await life(c, ['message'], ['agent_reply', REPLY], ['message']);
  expect(await now(c)).toMatchObject({ next: null, waiting_on: 'agent' });

  await new Promise((resolve) => setTimeout(resolve, 2_500));
  expect(await now(c)).toMatchObject({ status: 'in_progress' });
  await life(c, ['agent_reply', REPLY]);
  await becomes(c, 'closed');
});

test('a message delivered five hours late has waited five hours, and its window closes nineteen hours from now', async () => {
  const c = await given();
  const occurred_at = new Date(Date.now() - 5 * HOUR).toISOString();
  await life(c, ['message', { occurred_at }]);

  const { waiting_since, window_closes_at } = await now(c);
  expect(waiting_since).toBe(occurred_at);
  expect(inFuture(window_closes_at)).toBeGreaterThan(19 * HOUR - 60_000);
  expect(inFuture(window_closes_at)).toBeLessThanOrEqual(19 * HOUR);
});
