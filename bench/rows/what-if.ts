import { request } from 'node:http';
import { notContacted, type Conversation } from '../../src/domain/conversation';
import { decide } from '../../src/domain/decide';
import { DEFAULT_SETTINGS } from '../../src/domain/settings';
import { figure, interleaved } from '../rounds';
import { perSecond, round, type Bench, type Line, type Row } from '../row';
import type { Setup } from '../setup';
import { mean } from '../statistics';
import { eventOf } from '../../src/what-if/past-event';

const INBOX = 'past';
const GOAL = 100_000;
const ALONE = 200_000;

/** A life of ten decisions, as most are. */
const LIFE = [
  ['message', {}],
  ['message', {}],
  ['assign', { agent: 'ana' }],
  ['agent_reply', { agent: 'ana' }],
  ['message', {}],
  ['agent_reply', { agent: 'ana' }],
  ['tag_add', { tags: ['refund'] }],
  ['message', {}],
  ['agent_reply', { agent: 'ana' }],
  ['close', { agent: 'ana' }],
] as const;

/** Row 18: the past of an inbox decided again, asked over HTTP, to the last line of the answer. */
export const whatIf: Row = {
  numbers: ['18'],
  async measure({ setup, effort, progress }: Bench): Promise<Line[]> {
    const conversations = effort.quick ? 20_000 : 100_000;
    await seed(
      setup,
      conversations,
      progress(`seeding ${(conversations * LIFE.length).toLocaleString('en')} decisions`),
    );
    const rounds = await interleaved(
      effort.rounds,
      () => Promise.resolve(alone()),
      () => asked(setup, conversations * LIFE.length),
      progress('what-if'),
    );
    const limit = figure(rounds.map((r) => mean(r.limit)));
    const ours = figure(rounds.map((r) => mean(r.ours.map((o) => o.perSecond))));
    const waited = Math.max(...rounds.flatMap((r) => r.ours.map((o) => o.slowestMs)));
    const ratio = round(ours.median / limit.median);
    return [
      {
        ...{
          n: '18',
          what: `what-if: decisions replayed, of ${(conversations * LIFE.length).toLocaleString('en')}`,
        },
        ...{
          goal: `≥ ${perSecond(GOAL)}`,
          limit: `${perSecond(limit.median)} (decide alone)`,
          ours: perSecond(ours.median),
        },
        ...{ ratio, spread: `${perSecond(ours.least)}–${perSecond(ours.most)}`, pass: ours.median >= GOAL },
        raw: { limit, ours },
      },
      {
        ...{ n: '18', what: 'another request meanwhile, the slowest', goal: '–', limit: '–' },
        ...{ ours: `${waited.toFixed(0)} ms`, ratio: '–', spread: '', pass: null, raw: waited },
      },
    ];
  },
};

function alone(): number {
  const events = LIFE.map(([type, data]) => eventOf(type, data));
  const began = performance.now();
  let made = 0;
  while (made < ALONE) {
    let c: Conversation = notContacted('c', 0);
    for (const event of events) c = decide(c, event, DEFAULT_SETTINGS, (made += 1)).state;
  }
  return (made / (performance.now() - began)) * 1000;
}

async function asked(
  { url, key }: Setup,
  decisions: number,
): Promise<{ perSecond: number; slowestMs: number }> {
  const state = { over: false, slowestMs: 0 };
  const meanwhile = (async () => {
    while (!state.over) {
      const began = performance.now();
      await fetch(`${url}/v1/inboxes`, { headers: { Authorization: `Bearer ${key}` } }).then((r) => r.text());
      state.slowestMs = Math.max(state.slowestMs, performance.now() - began);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  const began = performance.now();
  const settings = { auto_close: { after_seconds: 3_600 }, csat: { enabled: true } };
  const last = await lastLine(`${url}/v1/inboxes/${INBOX}/what_if`, key, {
    from: '2025-01-01T00:00:00Z',
    settings,
  });
  const seconds = (performance.now() - began) / 1000;
  state.over = true;
  await meanwhile;
  const summary = JSON.parse(last) as { type: string; decisions: number };
  if (summary.type !== 'summary' || summary.decisions < decisions)
    throw new Error(`the answer ended with ${last}`);
  return { perSecond: summary.decisions / seconds, slowestMs: state.slowestMs };
}

function lastLine(url: string, key: string, body: object): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' };
    const sent = request(url, { method: 'POST', headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
        text = text.slice(text.lastIndexOf('\n', text.length - 2) + 1);
      });
      response.on('end', () => resolve(text)).on('error', reject);
    });
    sent.on('error', reject).end(JSON.stringify(body));
  });
}

const AT_ONCE = 20_000;

/** Writes timelines as the rules decide them. Each conversation has the same life, an hour after the one before. */
async function seed(
  { pool }: Setup,
  count: number,
  progress: (done: number, of: number) => void,
): Promise<void> {
  await pool.query(`INSERT INTO inboxes (account, inbox, settings) VALUES ('default', $1, $2)`, [INBOX, JSON.stringify(DEFAULT_SETTINGS)]); // prettier-ignore
  let c: Conversation = notContacted('c', 0);
  const decided = LIFE.map(([type, data], i) => {
    const decision = decide(c, eventOf(type, data), DEFAULT_SETTINGS, i * 60_000);
    const entry = {
      seq: i + 1,
      type,
      data,
      from: c.status,
      to: decision.state.status,
      verdict: decision.verdict,
      version: decision.state.version,
    };
    c = decision.state;
    return entry;
  });
  await pool.query('ALTER TABLE timeline DISABLE TRIGGER reported');
  for (let from = 0; from < count; from += AT_ONCE) {
    progress(from, count);
    await pool.query(SEED, [INBOX, from, from + AT_ONCE - 1, JSON.stringify(decided)]);
  }
  await pool.query('ALTER TABLE timeline ENABLE TRIGGER reported');
  await pool.query('VACUUM (ANALYZE) timeline, conversations');
}

const SEED = `
WITH made AS (
  SELECT 'c' || lpad(n::text, 8, '0') AS conversation, timestamptz '2025-06-01' + make_interval(secs => n * 60) AS began
  FROM generate_series($2::int, $3::int) n
), kept AS (
  INSERT INTO timeline (account, inbox, conversation, seq, at, version, settings_version, event, type, verdict, "from", "to", data)
  SELECT 'default', $1, conversation, e.seq, began + e.seq * interval '1 minute', e.version, 1, 'e' || e.seq, e.type, e.verdict,
    e."from", e."to", e.data
  FROM made, json_to_recordset($4::json)
    AS e(seq int, version int, type text, verdict text, "from" text, "to" text, data jsonb)
)
INSERT INTO conversations (account, inbox, conversation, status, version, seq, settings_version, episode, started_at,
  last_activity_at, closed_at, close, created_at, updated_at)
SELECT 'default', $1, conversation, 'closed', 10, 10, 1, 1, began, began, began, '{"by": "agent", "agent": "ana", "reason": null}',
  began, began + interval '10 minutes'
FROM made`;
