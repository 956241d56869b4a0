import { request } from 'node:http';
import { STATUSES } from '../../src/domain/conversation';
import { audienceLine, eligibilityAnswer } from '../../src/http/resources/broadcasts';
import { TestApi, type Asking } from './support/api';
import { isProblem } from './support/problem';
import { insertRows, type Row } from './support/rows';

let api: TestApi;
const rows: Row[] = STATUSES.flatMap((status) => [
  { conversation: `${status}.1`, status, agent: 'ana', tags: ['vip'] },
  { conversation: `${status}.2`, status, archived: status === 'closed' },
]);

const marked: Row[] = [
  { conversation: 'open', status: 'closed', window: 60 },
  { conversation: 'shut', status: 'closed', window: -1 },
  { conversation: 'never', status: 'not_contacted' },
  { conversation: 'nuisance', status: 'in_progress', blocked: true, window: 60 },
  { conversation: 'out', status: 'closed', opted_out: true },
  { conversation: 'both', status: 'closed', blocked: true, opted_out: true },
  { conversation: 'busy', status: 'new', waiting: 1 },
];

beforeAll(async () => {
  api = await TestApi.start();
  await api.inbox({}, 'support');
  await api.inbox({ flows: { allow_not_contacted: false } }, 'strict');
  for (const inbox of ['support', 'strict']) await insertRows(api.pool, api.account, inbox, rows);
  await api.inbox({}, 'marked');
  await api.inbox({ customer_window_seconds: null }, 'windowless');
  for (const inbox of ['marked', 'windowless']) await insertRows(api.pool, api.account, inbox, marked);
});
afterAll(() => api.stop());

describe('eligibility', () => {
  const ask = (conversations: unknown, more: object = {}, inbox = 'support') =>
    api.post(`/v1/inboxes/${inbox}/broadcasts/eligibility`, { conversations, ...more });

  it('tells for each status whether, and why not, in the order asked', async () => {
    const asked = [
      'closed.2',
      'resolved.1',
      'unheard-of',
      'in_flow.1',
      'new.1',
      'in_progress.1',
      'not_contacted.1',
    ];
    const { status, body } = await ask(asked);
    expect(status).toBe(200);
    expect(eligibilityAnswer.safeParse(body).error).toBeUndefined();
    expect(body).toEqual({
      eligible: ['closed.2', 'unheard-of', 'not_contacted.1'],
      blocked: [
        { conversation: 'resolved.1', status: 'resolved', reason: 'awaiting_csat' },
        { conversation: 'in_flow.1', status: 'in_flow', reason: 'in_flow' },
        { conversation: 'new.1', status: 'new', reason: 'conversation_open' },
        { conversation: 'in_progress.1', status: 'in_progress', reason: 'conversation_open' },
      ],
      outside_window: ['closed.2', 'unheard-of', 'not_contacted.1'],
    });
  });

  it('heeds the setting that forbids the not contacted', async () => {
    const { body } = await ask(['closed.1', 'not_contacted.1', 'unheard-of'], {}, 'strict');
    const blocked = { status: 'not_contacted', reason: 'not_contacted' };
    expect(body).toEqual({
      eligible: ['closed.1'],
      blocked: [
        { conversation: 'not_contacted.1', ...blocked },
        { conversation: 'unheard-of', ...blocked },
      ],
      outside_window: ['closed.1'],
    });
  });

  it('lets priority through', async () => {
    const asked = rows.map((row) => row.conversation);
    const { body } = await ask(asked, { has_priority: true }, 'strict');
    expect(body).toEqual({ eligible: asked, blocked: [], outside_window: asked });
  });

  it('answers for each of those asked twice, and for none', async () => {
    expect((await ask(['closed.1', 'new.1', 'closed.1'])).body).toMatchObject({
      eligible: ['closed.1', 'closed.1'],
    });
    expect((await ask([])).body).toEqual({ eligible: [], blocked: [], outside_window: [] });
  });

  it('tells who is blocked and who opted out, also against priority, and whose window is open', async () => {
    const asked = ['open', 'shut', 'never', 'nuisance', 'out', 'both', 'busy'];
    const expected = [
      { conversation: 'nuisance', status: 'in_progress', reason: 'blocked' },
      { conversation: 'out', status: 'closed', reason: 'opted_out' },
      { conversation: 'both', status: 'closed', reason: 'blocked' },
    ];
    const busy = { conversation: 'busy', status: 'new', reason: 'conversation_open' };
    expect((await ask(asked, {}, 'marked')).body).toEqual({
      eligible: ['open', 'shut', 'never'],
      blocked: [...expected, busy],
      outside_window: ['shut', 'never'],
    });
    expect((await ask(asked, { has_priority: true }, 'marked')).body).toEqual({
      eligible: ['open', 'shut', 'never', 'busy'],
      blocked: expected,
      outside_window: ['shut', 'never', 'busy'],
    });
  });

  it('has nobody outside where the channel has no window', async () => {
    expect((await ask(['open', 'shut', 'never'], {}, 'windowless')).body).toMatchObject({
      eligible: ['open', 'shut', 'never'],
      outside_window: [],
    });
  });

  it('answers for ten thousand', async () => {
    const asked = Array.from({ length: 10_000 }, (_, i) => (i % 2 ? 'new.1' : `c${i}`));
    const { body } = await ask(asked);
    expect(body.eligible).toEqual(asked.filter((id) => id !== 'new.1'));
    expect(body.blocked).toHaveLength(5_000);
  });

  it.each([
    [{ conversations: 'x' }],
    [{ conversations: ['a,b'] }],
    [{ conversations: Array.from({ length: 10_001 }, () => 'x') }],
    [{ conversations: [], has_priority: 1 }],
    [{}],
  ])('refuses what cannot be meant: 400', async (body) => {
    isProblem(await api.post('/v1/inboxes/support/broadcasts/eligibility', body), 400);
  });

  it('does not know an unknown inbox: 404', async () => {
    isProblem(await ask(['x'], {}, 'nowhere'), 404);
  });
});

describe('the audience', () => {
  const audience = async (query = '', inbox = 'support', asking?: Asking) => {
    const answer = await api.get(`/v1/inboxes/${inbox}/broadcasts/audience?${query}`, asking);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/x-ndjson');
    const lines = answer.text.split('\n');
    expect(lines.pop()).toBe('');
    return lines.map((line) => audienceLine.parse(JSON.parse(line)).conversation);
  };

  it.each([
    ['', ['closed.1', 'closed.2', 'not_contacted.1', 'not_contacted.2']],
    ['archived=false', ['closed.1', 'not_contacted.1', 'not_contacted.2']],
    ['archived=true', ['closed.2']],
    ['status=closed', ['closed.1', 'closed.2']],
    ['status=new', []],
    ['tag=vip', ['closed.1', 'not_contacted.1']],
    ['agent=ana&status=closed,new', ['closed.1']],
    ['has_priority=true', rows.map((row) => row.conversation).sort()],
    ['has_priority=true&status=new', ['new.1', 'new.2']],
  ])('of “%s” is who is eligible', async (query, expected) => {
    expect(await audience(query)).toEqual(expected);
  });

  it('heeds the setting that forbids the not contacted', async () => {
    expect(await audience('', 'strict')).toEqual(['closed.1', 'closed.2']);
  });

  const windows = async (inbox: string, query = '') => {
    const { text } = await api.get(`/v1/inboxes/${inbox}/broadcasts/audience?${query}`);
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line) => audienceLine.parse(JSON.parse(line)));
    return Object.fromEntries(lines.map((line) => [line.conversation, line.window_open]));
  };

  it('has neither who is blocked nor who opted out, and says whose window is open', async () => {
    expect(await windows('marked')).toEqual({ never: false, open: true, shut: false });
    expect(await windows('marked', 'has_priority=true')).toEqual({
      busy: false,
      never: false,
      open: true,
      shut: false,
    });
    expect(await windows('marked', 'window=open')).toEqual({ open: true });
    expect(await windows('windowless')).toEqual({ never: true, open: true, shut: true });
  });

  it('is not there for an unknown inbox: 404; and a HEAD has none', async () => {
    isProblem(await api.get('/v1/inboxes/nowhere/broadcasts/audience'), 404);
    expect(await api.ask('HEAD', '/v1/inboxes/support/broadcasts/audience')).toMatchObject({
      status: 200,
      text: '',
    });
  });
});

describe('the audience of a large inbox', () => {
  const SIZE = 150_000;

  beforeAll(async () => {
    await api.inbox({}, 'large');
    await api.pool.query(
      `INSERT INTO conversations (account, inbox, conversation, status)
       SELECT $1, 'large', 'c_' || i, 'not_contacted' FROM generate_series(1, ${SIZE}) i`,
      [api.account],
    );
    await api.pool.query('VACUUM ANALYZE conversations');
  });

  it('is whole, each once', async () => {
    const { text } = await api.get('/v1/inboxes/large/broadcasts/audience');
    const lines = text.trimEnd().split('\n');
    expect(lines).toHaveLength(SIZE);
    expect(new Set(lines).size).toBe(SIZE);
  });

  it('waits for a slow reader, and holds nothing for one who left', async () => {
    const read = await slowly(api);
    expect(read).toBeLessThan(SIZE * 25);
    expect(await idle(api)).toBe(true);
  });
});

/** Reads one piece, waits, and closes the connection. @returns the bytes that came */
function slowly({ url, key }: TestApi): Promise<number> {
  return new Promise((resolve, reject) => {
    const path = `${url}/v1/inboxes/large/broadcasts/audience`;
    const sent = request(path, { headers: { Authorization: `Bearer ${key}` } }, (response) => {
      let bytes = 0;
      response.once('data', (chunk: Buffer) => {
        bytes += chunk.length;
        response.pause();
        setTimeout(() => {
          response.destroy();
          resolve(bytes);
        }, 300);
      });
    });
    sent.on('error', reject).end();
  });
}

/** Whether no statement of the API runs. */
async function idle({ pool }: TestApi): Promise<boolean> {
  for (let i = 0; i < 100; i++) {
    const { rows: busy } = await pool.query(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle' AND pid <> pg_backend_pid()`,
    );
    if (busy.length === 0) return true;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
}
