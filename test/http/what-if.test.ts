/** What other settings would have decided, asked over HTTP: the thread, the pages of the past, and what is refused. */
import type { z } from 'zod';
import { whatIfLine } from '../../src/http/resources/what-if-lines';
import { TestApi } from './support/api';
import { isProblem } from './support/problem';
import { Past, type Happened } from './support/past';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const FROM = Date.parse('2026-03-02T09:00:00Z');
const time = (after: number) => new Date(FROM + after).toISOString();
const RANGE = { from: time(0), to: time(60 * DAY) };
/** so many days lie between that moment and now */
const daysSince = (after: number) => Math.floor((Date.now() - FROM - after) / DAY);
const BY_ANA = { agent: 'ana' };

let api: TestApi;
let past: Past;

beforeAll(async () => {
  api = await TestApi.start();
  past = new Past(api.pool, api.account, FROM);
});
afterAll(() => api.stop());

type Line = z.output<typeof whatIfLine>;
type Summary = Extract<Line, { type: 'summary' }>;

async function ask(inbox: string, question: object) {
  const answer = await api.post(`/v1/inboxes/${inbox}/what_if`, question);
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/x-ndjson']);
  const lines = answer.text
    .trim()
    .split('\n')
    .map((line) => whatIfLine.parse(JSON.parse(line)));
  const summary = lines.at(-1);
  if (summary?.type !== 'summary') throw new Error(`the last line is ${JSON.stringify(summary)}`);
  expect(lines[0]).toMatchObject({ type: 'progress', conversations: 0 });
  return { summary, differences: lines.filter((line) => line.type === 'difference'), changes: lines.filter((line) => line.type === 'change') }; // prettier-ignore
}

/** The kinds that there are on either side. */
function kindsOf(summary: Summary) {
  if (summary.of !== 'past') throw new Error('it is about the present');
  return Object.fromEntries(
    Object.entries(summary.kinds)
      .filter(([, n]) => n.was + n.would_be > 0)
      .map(([kind, n]) => [kind, [n.was, n.would_be]]),
  );
}

const LIVES: Happened[][] = [
  // the customer waits for three days, and comes back two days after the close
  [[0, 'message'], [3 * DAY, 'agent_reply', BY_ANA], [4 * DAY, 'close', BY_ANA], [6 * DAY, 'message']],
  // the business had the last word
  [[0, 'message'], [HOUR, 'agent_reply', BY_ANA], [9 * DAY, 'close', BY_ANA]],
  // a broadcast that nobody answers
  [[0, 'flow_start', { flow: 'sale', execution: 'x1', source: 'broadcast' }], [HOUR, 'flow_end', { execution: 'x1' }]],
]; // prettier-ignore

async function lived(settings: object = {}): Promise<string> {
  const inbox = await api.inbox(settings);
  for (const life of LIVES) await past.lived(inbox, life, settings);
  return inbox;
}

describe('the past under other settings', () => {
  it('is as it was under the same ones', async () => {
    const { summary, differences } = await ask(await lived({ csat: { enabled: true } }), {
      ...RANGE,
      settings: {},
    });
    expect(differences).toEqual([]);
    expect(summary).toMatchObject({
      ...{ of: 'past', ...RANGE, conversations: 3, changed: 0, decided_otherwise: 0 },
      left_out: { past_not_kept: 0, restored: 0, not_reproduced: 0 },
    });
    expect(kindsOf(summary)).toEqual({
      survey_sent: [2, 2],
      broadcast_reached: [1, 1],
      episode_begun: [4, 4],
    });
  });

  it('closes those who wait, if it closes by the last activity', async () => {
    const inbox = await lived();
    const settings = { auto_close: { after_seconds: 86_400, basis: 'last_activity' } };
    const { summary, differences } = await ask(inbox, { ...RANGE, settings });
    expect(kindsOf(summary)).toMatchObject({ auto_closed: [0, 3], auto_closed_while_waiting: [0, 2] });
    const waiting = differences.find((d) => d.kind === 'auto_closed_while_waiting');
    expect(waiting).toMatchObject({
      ...{ at: time(DAY), seq: null, event: 'auto_close_due' },
      was: { verdict: null, status: 'new', waiting_since: time(0) },
      would_be: { verdict: 'applied', status: 'closed', waiting_since: null },
    });
    const reply = differences.find((d) => d.kind === 'episode_begun');
    expect(reply).toMatchObject({ at: time(3 * DAY), seq: 2, was: { episode: 1 }, would_be: { episode: 2 } });
  });

  it('reopens instead of beginning anew, inside a reopen window', async () => {
    const { summary, differences } = await ask(await lived(), {
      ...RANGE,
      settings: { reopen_window_seconds: 7 * 86_400 },
    });
    expect(kindsOf(summary)).toMatchObject({ reopened: [0, 1], episode_begun: [4, 3] });
    expect(differences.map(({ kind, seq }) => [kind, seq])).toEqual([['episode_begun', 4], ['reopened', 4]]); // prettier-ignore
    expect(summary).toMatchObject({ changed: 1, decided_otherwise: 1 });
  });

  it('blocks broadcasts, sends surveys, and leaves flows’ conversations New and unread', async () => {
    const inbox = await lived();
    const forbids = await ask(inbox, { ...RANGE, settings: { flows: { allow_not_contacted: false } } });
    expect(kindsOf(forbids.summary)).toMatchObject({ broadcast_blocked: [0, 1], broadcast_reached: [1, 0] });
    expect(forbids.differences.find((d) => d.kind === 'broadcast_blocked')?.would_be).toMatchObject({
      ...{ verdict: 'refused', why: 'not_contacted', status: 'not_contacted' },
    });
    const makesWork = await ask(inbox, { ...RANGE, settings: { flows: { end_status: 'new' } } });
    expect(kindsOf(makesWork.summary)).toMatchObject({ new_after_flow: [0, 1] });
    const surveys = await ask(inbox, { ...RANGE, settings: { csat: { enabled: true } } });
    expect(kindsOf(surveys.summary)).toMatchObject({ survey_sent: [0, 2] });
  });

  it('is of the range alone, and of conversations that rest in it only as far as their timers go', async () => {
    const inbox = await lived();
    const settings = { auto_archive: { after_seconds: 0 } };
    const { summary } = await ask(inbox, { from: time(20 * DAY), to: time(21 * DAY), settings });
    expect(summary).toMatchObject({ conversations: 2, changed: 2 });
    expect(kindsOf(summary)).toEqual({ auto_archived: [0, 2] });
    const refused = await past.lived(inbox, [[0, 'message'], [20 * DAY + HOUR, 'flow_start', { flow: 'sale', execution: 'x2', source: 'broadcast' }]]); // prettier-ignore
    const blocked = await ask(inbox, { from: time(20 * DAY), to: time(21 * DAY), settings: {} });
    expect([refused, kindsOf(blocked.summary)]).toEqual([refused, { broadcast_blocked: [1, 1] }]);
    const none = await ask(inbox, {
      from: time(20 * DAY),
      to: time(21 * DAY),
      settings: { csat: { enabled: true } },
    });
    expect(none.summary).toMatchObject({ conversations: 1, changed: 0 });
  });

  it('is decided under the settings of its time, which the audit tells', async () => {
    const inbox = await lived({ csat: { enabled: true, timeout_seconds: 3600 } });
    const unrelated = { retention: { timeline_days: 900 } };
    for (const settings of [{ csat: { enabled: false } }, unrelated, { assign_on_reply: false }])
      await api.ask('PATCH', `/v1/inboxes/${inbox}`, { body: settings });
    await api.ask('PATCH', `/v1/inboxes/${inbox}`, { body: { retention: { deliveries_days: 7 } } });
    const same = await ask(inbox, { ...RANGE, settings: {} });
    expect(same.summary).toMatchObject({ changed: 0, left_out: { not_reproduced: 0 } });
    expect(kindsOf(same.summary)).toMatchObject({ survey_sent: [2, 2] });
    const off = await ask(inbox, { ...RANGE, settings: { csat: { enabled: false } } });
    expect(kindsOf(off.summary)).toMatchObject({ survey_sent: [2, 0] });
  });

  it('begins with what the inbox still keeps of a timeline', async () => {
    const inbox = await lived();
    await api.ask('PATCH', `/v1/inboxes/${inbox}`, {
      body: { retention: { timeline_days: daysSince(2 * DAY) } },
    });
    await api.pool.query(`SELECT age_out($1, $2, '', 1000, 100000)`, [api.account, inbox]);
    // of the other conversation the close is the first that is kept, so it is not decided again
    const { summary } = await ask(inbox, {
      from: time(3 * DAY + HOUR),
      to: RANGE.to,
      settings: { csat: { enabled: true } },
    });
    expect(summary).toMatchObject({ changed: 1, left_out: { past_not_kept: 0, not_reproduced: 0 } });
    expect(kindsOf(summary)).toMatchObject({ survey_sent: [0, 1] });
  });

  it('shows as many examples as are asked for, and pages that cut a conversation change nothing', async () => {
    const inbox = await api.inbox();
    const life = Array.from({ length: 40 }, (_, i): Happened => [i * HOUR, i % 2 ? 'close' : 'message', i % 2 ? BY_ANA : {}]); // prettier-ignore
    for (let n = 0; n < 5; n += 1) await past.lived(inbox, life);
    const settings = { csat: { enabled: true } };
    const { summary, differences } = await ask(inbox, { ...RANGE, settings, examples: 3 });
    expect(kindsOf(summary)).toMatchObject({ survey_sent: [0, 100] });
    expect(differences.filter((d) => d.kind === 'survey_sent')).toHaveLength(3);
    expect((await ask(inbox, { ...RANGE, settings, examples: 0 })).differences).toEqual([]);
  });
});

describe('the present under other settings', () => {
  it('tells which timers move, how many, and when they would act', async () => {
    const inbox = await lived();
    const { summary, changes } = await ask(inbox, { settings: { auto_archive: { after_seconds: 3600 } } });
    expect(summary).toMatchObject({
      of: 'present',
      changed: 2,
      timers: { auto_archive: { begins: 2, ends: 0 } },
    });
    expect(summary.of === 'present' && summary.acts[0]).toEqual({ within_seconds: 0, n: 2 });
    expect(changes[0]).toMatchObject({
      ...{ status: 'closed', move: 'begins', was: null, at_once: true },
      would_be: { timer: 'auto_archive' },
    });
    const none = await ask(inbox, { settings: { csat: { enabled: true } } });
    expect(none.summary).toMatchObject({ changed: 0 });
  });

  it('with nothing changed, tells how many have still to be told of the settings that hold', async () => {
    const inbox = await lived();
    expect((await ask(inbox, { settings: {} })).summary).toMatchObject({ changed: 0 });
    await api.pool.query(
      `UPDATE inboxes SET settings = settings || $3, settings_version = settings_version + 1 WHERE account = $1 AND inbox = $2`,
      [api.account, inbox, { auto_archive: { after_seconds: 3600 } }],
    );
    expect((await ask(inbox, { settings: {} })).summary).toMatchObject({ of: 'present', changed: 2 });
  });
});

describe('a question that cannot be answered is refused, and named:', () => {
  it.each([
    [{ from: time(1), to: time(0), settings: {} }, 'to'],
    [{ from: time(0), to: time(0), settings: {} }, 'to'],
    [{ from: '2999-01-01T00:00:00Z', settings: {} }, 'from'],
    [{ to: time(0), settings: {} }, 'from'],
    [{ from: 'yesterday', settings: {} }, 'from'],
    [{ ...RANGE }, 'settings'],
    [{ ...RANGE, settings: { auto_close: { after_seconds: -1 } } }, 'settings.auto_close.after_seconds'],
    [{ ...RANGE, settings: { auto_close: { after: 1 } } }, 'settings.auto_close.after'],
    [{ ...RANGE, settings: { flows: { end_status: 'open' } } }, 'settings.flows.end_status'],
    [{ ...RANGE, settings: {}, examples: 1_000 }, 'examples'],
  ])('%j: %s', async (question, path) => {
    await api.inbox({}, 'refusing');
    const answer = await api.post('/v1/inboxes/refusing/what_if', question);
    isProblem(answer, 400);
    expect(answer.body.errors).toEqual([{ path, message: expect.any(String) as string }]);
  });

  it('an inbox that does not exist: 404', async () => {
    isProblem(await api.post('/v1/inboxes/nowhere/what_if', { settings: {} }), 404);
  });
});
