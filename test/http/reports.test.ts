/** Reports over HTTP: what users of comparable products got wrong numbers for, and how a period is read. */
import { TestApi } from './support/api';
import { isProblem } from './support/problem';
import { Past, type Happened } from './support/past';
import { reportAnswer } from '../../src/http/resources/reports';
import type { z } from 'zod';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** a Monday */
const FROM = Date.parse('2026-03-02T09:00:00Z');

let api: TestApi;
let past: Past;

beforeAll(async () => {
  api = await TestApi.start();
  past = new Past(api.pool, api.account, FROM);
});
afterAll(() => api.stop());

type Report = z.infer<typeof reportAnswer>;

const PERIOD = 'from=2026-01-01T00:00:00Z&to=2027-01-01T00:00:00Z';
async function report(inbox: string, query = '', period = PERIOD): Promise<Report> {
  const { status, body, text } = await api.get(`/v1/inboxes/${inbox}/reports?${period}${query}`);
  if (status !== 200) throw new Error(text);
  expect(reportAnswer.safeParse(body).error).toBeUndefined();
  return body as unknown as Report;
}

/** The report of an inbox in which these lives were lived. */
async function reportOf(lives: Happened[][], query = '', settings: object = {}): Promise<Report> {
  const inbox = await api.inbox(settings);
  for (const life of lives) await past.lived(inbox, life, settings);
  return report(inbox, query);
}

const group = (r: Report, name: string | null) => r.items.find((item) => item.group === name);
const one = (seconds: number) => ({
  n: 1,
  mean_seconds: seconds,
  median_seconds: seconds,
  p90_seconds: seconds,
});
const NONE = { n: 0, mean_seconds: null, median_seconds: null, p90_seconds: null };

const BY_ANA = { agent: 'ana' };
const FLOW = { flow: 'welcome', execution: 'x1' };
const HANDED = { execution: 'x1', assign: { team: 'sales' } };

describe('what others got wrong', () => {
  it('chatwoot PR#13181: a bot’s answer ends the wait, so the reply is 9 hours late and not 14 days', async () => {
    const { total } = await reportOf([
      [
        [0, 'message'],
        [MINUTE, 'automatic_message', { answers: true }],
        [14 * DAY, 'message'],
        [14 * DAY + 9 * HOUR, 'agent_reply', BY_ANA],
      ],
    ]);
    expect(total.first_reply).toMatchObject(one(9 * 3600));
    expect(total.waits).toMatchObject({ reply: 1, automatic: 1 });
  });

  it('chatwoot PR#13417: a hand-over begins the wait', async () => {
    const { total } = await reportOf([
      [
        [0, 'flow_start', FLOW],
        [HOUR, 'flow_end', HANDED],
        [HOUR + MINUTE, 'agent_reply', BY_ANA],
      ],
    ]);
    expect(total.first_reply).toMatchObject(one(60));
    expect(total.flows.handed_over).toBe(1);
  });

  it('chatwoot PR#11787, PR#12058: a reply after a reopen does not count the time closed', async () => {
    const settings = { reopen_window_seconds: 20 * 86_400 };
    const { total } = await reportOf(
      [
        [
          [0, 'message'],
          [5 * MINUTE, 'agent_reply', BY_ANA],
          [HOUR, 'close', BY_ANA],
          [11 * DAY, 'message'],
          [11 * DAY + 20 * SECOND, 'agent_reply', BY_ANA],
        ],
      ],
      '',
      settings,
    );
    expect(total.next_reply).toMatchObject(one(20));
    expect(total.first_reply).toMatchObject(one(300));
    expect(total.episodes).toMatchObject({ n: 1, reopens: 1, reopened: 1, returned: 0 });
  });

  it('chatwoot#8477, PR#6409: the first reply does not count the bot’s minutes', async () => {
    const { total } = await reportOf([
      [
        [0, 'flow_start', { ...FLOW, source: 'inbound' }],
        [40 * MINUTE, 'flow_end', HANDED],
        [45 * MINUTE, 'agent_reply', BY_ANA],
      ],
      [
        [0, 'message'],
        [10 * MINUTE, 'flow_start', { ...FLOW, has_priority: true }],
        [40 * MINUTE, 'flow_end', { execution: 'x1', outcome: 'failed' }],
        [45 * MINUTE, 'agent_reply', BY_ANA],
      ],
    ]);
    expect(total.first_reply).toMatchObject({ n: 2, median_seconds: 300, p90_seconds: 900 });
  });

  it('cerb#1524: the first reply counts from the first question, not from the last', async () => {
    const { total } = await reportOf([
      [
        [0, 'message'],
        [DAY, 'message'],
        [2 * DAY, 'message'],
        [3 * DAY, 'agent_reply', BY_ANA],
      ],
    ]);
    expect(total.first_reply).toMatchObject(one(3 * 86_400));
  });

  it.each(['assigned', 'replied'])(
    'chatwoot#13312: who never answered has no first reply, by who %s',
    async (agent_is) => {
      const read = await reportOf(
        [
          [
            [0, 'message'],
            [MINUTE, 'assign', { agent: 'ana' }],
            [2 * MINUTE, 'assign', { agent: 'bob' }],
            [3 * MINUTE, 'agent_reply', { agent: 'bob' }],
          ],
        ],
        `&by=agent&agent_is=${agent_is}`,
      );
      expect(group(read, 'bob')?.first_reply).toMatchObject(one(180));
      expect(group(read, 'ana')).toBeUndefined();
    },
  );

  it('chatwoot#14739, PR#14778: a message that arrives hours late has waited since its own time', async () => {
    const first = await reportOf([
      [
        [0, 'message', { occurred_at: new Date(FROM - 5 * HOUR).toISOString() }],
        [HOUR, 'agent_reply', BY_ANA],
      ],
    ]);
    expect(first.total.first_reply).toMatchObject(one(6 * 3600));
    expect(first.total.in_status.new).toMatchObject(NONE);
    const inbox = await api.inbox();
    const id = await past.lived(inbox, [
      [0, 'agent_reply', BY_ANA],
      [HOUR, 'message', { occurred_at: new Date(FROM - 4 * HOUR).toISOString() }],
      [2 * HOUR, 'agent_reply', BY_ANA],
    ]);
    const path = `/v1/inboxes/${inbox}/conversations/${id}`;
    expect((await report(inbox)).total.next_reply).toMatchObject(one(6 * 3600));
    const { body } = await api.get(path);
    expect(body.window_closes_at).toBe(new Date(FROM + 20 * HOUR).toISOString());
    const told = (await api.get(`${path}/timeline`)).body.items;
    expect(told.map(({ type, at }) => [type, at])).toEqual([
      ['agent_reply', new Date(FROM + 2 * HOUR).toISOString()],
      ['message', new Date(FROM + HOUR).toISOString()],
      ['agent_reply', new Date(FROM).toISOString()],
    ]);
    expect(told[1]?.data).toMatchObject({ occurred_at: new Date(FROM - 4 * HOUR).toISOString() });
  });
});

describe('an episode', () => {
  it('that an agent began has no first reply', async () => {
    const { total } = await reportOf([
      [
        [0, 'agent_reply', BY_ANA],
        [HOUR, 'message'],
        [2 * HOUR, 'agent_reply', BY_ANA],
      ],
    ]);
    expect(total.first_reply).toMatchObject(NONE);
    expect(total.next_reply).toMatchObject(one(3600));
  });

  it('within seven days after the last one is a return, and no reopen', async () => {
    const closed = (at: number): Happened[] => [[at, 'message'], [at + HOUR, 'close', BY_ANA]]; // prettier-ignore
    const { total } = await reportOf([[...closed(0), ...closed(3 * DAY), ...closed(20 * DAY)]]);
    expect(total.episodes).toMatchObject({ n: 3, returned: 1, reopens: 0, closed_by: { agent: 3, open: 0 } });
    expect(total.full_resolution).toMatchObject({ n: 3, median_seconds: 3600 });
  });

  it('is resolved when its work ends, and not when the survey does', async () => {
    const settings = { csat: { enabled: true } };
    const { total } = await reportOf(
      [
        [
          [0, 'message'],
          [HOUR, 'close', BY_ANA],
          [5 * HOUR, 'csat_answer', { score: 4 }],
        ],
        [
          [0, 'message'],
          [HOUR, 'close', BY_ANA],
          [2 * HOUR, 'survey_failed', { reason: '131026' }],
        ],
      ],
      '',
      settings,
    );
    expect(total.full_resolution).toMatchObject({ n: 2, median_seconds: 3600, p90_seconds: 3600 });
    expect(total.in_status.resolved).toMatchObject({ n: 2, median_seconds: 3600, p90_seconds: 4 * 3600 });
    expect(total.surveys).toMatchObject({
      ...{ requested: 2, failed: 1, delivered: 1, answered: 1, answer_rate: 1 },
      score: { mean: 4, n: { 4: 1, 5: 0 } },
    });
  });

  it('that goes on has its age beside the resolution times', async () => {
    const { total } = await reportOf([[[0, 'message']]]);
    const age = total.open_age.median_seconds ?? 0;
    expect(Math.abs(age * SECOND - (Date.now() - FROM))).toBeLessThan(2 * HOUR);
    expect(total.full_resolution.n).toBe(0);
  });

  it('is assigned, unassigned and snoozed as its figures say', async () => {
    const read = await reportOf(
      [
        [
          [0, 'message'],
          [MINUTE, 'agent_reply', BY_ANA],
          [2 * MINUTE, 'assign', { agent: null }],
          [3 * MINUTE, 'snooze', { until: new Date(FROM + DAY).toISOString() }],
          [7 * MINUTE, 'unsnooze'],
          [9 * MINUTE, 'close', { agent: null }],
        ],
      ],
      '&by=agent',
    );
    expect(group(read, null)?.episodes.n).toBe(1);
    expect(group(read, 'ana')).toMatchObject({ episodes: { n: 0 }, waits: { reply: 1 } });
    expect(read.total.snoozed).toMatchObject(one(240));
    expect(read.total.agent_wait).toMatchObject(one(480));
    expect(read.total.requester_wait).toMatchObject(one(60));
    expect(read.total.episodes.closed_by).toMatchObject({ api: 1 });
  });
});

describe('broadcasts', () => {
  it('count as reached, blocked by the rule, or answered in time', async () => {
    const sale = (n: number) => ({ flow: 'sale', execution: `b${n}`, source: 'broadcast' });
    const settings = { flows: { timeout_seconds: 3600 } };
    const lives: Happened[][] = [
      [[0, 'flow_start', sale(1)], [30 * MINUTE, 'message'], [10 * DAY, 'message']], // prettier-ignore
      [[0, 'flow_start', sale(2)], [2 * DAY, 'message']], // prettier-ignore
      [[0, 'opt_out'], [HOUR, 'flow_start', sale(3)]], // prettier-ignore
      [[0, 'message'], [HOUR, 'flow_start', sale(4)]], // prettier-ignore
    ];
    const { total } = await reportOf(lives, '', settings);
    expect(total.broadcasts).toEqual({
      reached: 2,
      blocked: { opted_out: 1, conversation_open: 1 },
      answered: 1,
      answer_rate: 0.5,
    });
    expect(total.flows).toMatchObject({
      started: 2,
      ended: { expired: 2 },
      running: 0,
      by_source: { broadcast: 2 },
    });
    const longer = await reportOf(lives, '&answered_within_hours=72', settings);
    expect(longer.total.broadcasts.answered).toBe(2);
  });
});

describe('a period', () => {
  it('is read by when episodes were opened, closed or answered', async () => {
    const inbox = await api.inbox();
    await past.lived(inbox, [[0, 'message'], [DAY, 'agent_reply', BY_ANA], [2 * DAY, 'close', BY_ANA]]); // prettier-ignore
    const n = async (dated_by: string, from: number) => {
      const period = `from=${new Date(from).toISOString()}&to=${new Date(from + HOUR).toISOString()}`;
      return (await report(inbox, `&dated_by=${dated_by}`, period)).total.episodes.n;
    };
    const days = [FROM, FROM + DAY, FROM + 2 * DAY];
    for (const [i, dated_by] of ['opened', 'answered', 'closed'].entries())
      expect(await Promise.all(days.map((day) => n(dated_by, day)))).toEqual(
        days.map((_, d) => Number(d === i)),
      );
  });

  it('has the days and hours of its time zone, also on the day that the clocks change', async () => {
    // in Berlin the clocks went from 2:00 to 3:00 on Sunday, 29 March 2026
    const before = Date.parse('2026-03-29T00:30:00Z') - FROM;
    const inbox = await api.inbox();
    await past.lived(inbox, [[before, 'message']]);
    await past.lived(inbox, [[before + HOUR, 'message']]);
    await past.lived(inbox, [[before - 2 * HOUR, 'message']]);
    const groups = async (by: string, time_zone: string) =>
      (await report(inbox, `&by=${by}&time_zone=${time_zone}`)).items.map((i) => [i.group, i.episodes.n]);

    expect(await groups('hour_of_week', 'Europe/Berlin')).toEqual([['143', 1], ['145', 1], ['147', 1]]); // prettier-ignore
    expect(await groups('day', 'Europe/Berlin')).toEqual([['2026-03-28', 1], ['2026-03-29', 2]]); // prettier-ignore
    expect(await groups('day', 'America/Sao_Paulo')).toEqual([['2026-03-28', 3]]);
    expect(await groups('hour_of_week', 'Asia/Kathmandu')).toEqual([['148', 1], ['150', 1], ['151', 1]]); // prettier-ignore
  });

  it('is grouped by team, and by what opened the episode', async () => {
    const inbox = await api.inbox();
    await past.lived(inbox, [[0, 'message'], [1, 'assign', { team: 'sales' }]]); // prettier-ignore
    await past.lived(inbox, [[0, 'agent_reply', BY_ANA]]);
    await past.lived(inbox, [[0, 'flow_start', { ...FLOW, source: 'broadcast' }]]);
    const names = async (by: string) =>
      (await report(inbox, `&by=${by}`)).items.map((i) => [i.group, i.episodes.n]);
    expect(await names('team')).toEqual([['sales', 1], [null, 2]]); // prettier-ignore
    expect(await names('opened_by')).toEqual([['agent_reply', 1], ['broadcast', 1], ['message', 1]]); // prettier-ignore
  });

  it.each([
    ['from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z', 'to', 'must be after from'],
    ['from=2026-03-02T00:00:00Z&to=2026-03-02T00:00:00Z', 'to', 'must be after from'],
    [`${PERIOD}&time_zone=Mars/Olympus`, 'time_zone', 'is not a known time zone'],
    [`${PERIOD}&time_zone=%2B05:30`, 'time_zone', 'is not a known time zone'],
    ['to=2026-03-02T00:00:00Z', 'from', ''],
    ['from=yesterday&to=2026-03-02T00:00:00Z', 'from', ''],
    [`${PERIOD}&by=moon`, 'by', ''],
    [`${PERIOD}&dated_by=born`, 'dated_by', ''],
    [`${PERIOD}&answered_within_hours=0`, 'answered_within_hours', ''],
  ])('%s is refused, and %s is named', async (query, path, message) => {
    await api.inbox({}, 'refusing');
    const answer = await api.get(`/v1/inboxes/refusing/reports?${query}`);
    isProblem(answer, 400);
    expect(answer.body.errors).toEqual([{ path, message: expect.stringContaining(message) as string }]);
  });

  it('of an inbox that does not exist is not found', async () => {
    isProblem(await api.get(`/v1/inboxes/nowhere/reports?${PERIOD}`), 404);
  });
});

test('a report is a table for those who want one, and a name in it is never a formula', async () => {
  const inbox = await api.inbox();
  await past.lived(inbox, [[0, 'message'], [MINUTE, 'agent_reply', { agent: '=1+1' }]]); // prettier-ignore
  await past.lived(inbox, [[0, 'message'], [MINUTE, 'agent_reply', { agent: 'Ana, "A"' }]]); // prettier-ignore
  const path = `/v1/inboxes/${inbox}/reports?${PERIOD}&by=agent`;
  const { text, headers } = await api.get(path, { headers: { Accept: 'text/csv' } });
  expect(headers.get('content-type')).toBe('text/csv; charset=utf-8');
  const [head, ...rows] = text.trimEnd().split('\r\n');
  expect(head).toMatch(
    /^group,episodes\.n,.*,first_reply\.median_seconds,.*,first_reply\.under_300_seconds,/,
  );
  expect(rows.map((row) => row.slice(0, 12))).toEqual(["'=1+1,1,1,0,", '"Ana, ""A""",'].map((r) => expect.stringContaining(r.slice(0, 9)) as string)); // prettier-ignore
});

test('a conversation that was decided before reports were kept is counted whole at its next decision', async () => {
  const inbox = await api.inbox();
  const life: Happened[] = [[0, 'message'], [HOUR, 'agent_reply', BY_ANA], [2 * HOUR, 'close', BY_ANA], [3 * HOUR, 'message']]; // prettier-ignore
  const id = await past.lived(inbox, life);
  const before = await report(inbox, '&by=agent');
  for (const table of ['report_episodes', 'report_waits', 'report_flows'])
    await api.pool.query(`DELETE FROM ${table} WHERE conversation = $1`, [id]);
  expect((await report(inbox)).total.episodes.n).toBe(0);
  await api.pool.query(
    `INSERT INTO timeline SELECT (jsonb_populate_record(t, $2)).* FROM timeline t WHERE inbox = $1 AND seq = 4`,
    [inbox, { seq: 5, event: 'x', type: 'assign', changes: { assignee: { team: 'sales', agent: null } } }],
  );
  expect((await report(inbox)).total.episodes).toEqual(before.total.episodes);
});
