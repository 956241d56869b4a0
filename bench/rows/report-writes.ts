import type { Pool } from 'pg';
import { createPool } from '../../src/db/pool';
import { createLogger } from '../../src/runtime/log';
import { eventSchema } from '../../src/domain/any-event';
import { advance, begin, draft, writeOf, type RunState } from '../../src/domain/ledger';
import type { ConversationKey } from '../../src/domain/key';
import { DEFAULT_SETTINGS } from '../../src/domain/settings';
import { writeDecisions } from '../../src/db/writes';
import { figure, interleaved } from '../rounds';
import { perSecond, round, type Bench, type Line, type Row } from '../row';
import type { Setup } from '../setup';
import { mean } from '../statistics';

const INBOX = 'counted';
/** Conversations that one statement writes, as under load. */
const TOGETHER = 25;

const LIFE = [
  { type: 'message' },
  { type: 'message' },
  { type: 'assign', agent: 'ana' },
  { type: 'agent_reply', agent: 'ana' },
  { type: 'message' },
  { type: 'agent_reply', agent: 'ana' },
  { type: 'tag_add', tags: ['refund'] },
  { type: 'message' },
  { type: 'agent_reply', agent: 'ana' },
  { type: 'close', agent: 'ana' },
].map((fields, i) => eventSchema.parse({ id: `e${i}`, ...fields }));

/** Row 14: what keeping the reports costs the statement that writes decisions. */
export const reportWrites: Row = {
  numbers: ['14w'],
  async measure({ setup, effort, progress }: Bench): Promise<Line[]> {
    await setup.pool.query(`INSERT INTO inboxes (account, inbox, settings) VALUES ('default', $1, $2)`, [INBOX, JSON.stringify(DEFAULT_SETTINGS)]); // prettier-ignore
    const rounds = effort.quick ? 20 : 60;
    // as a worker writes: its role, its settings
    const pool = createPool({
      databaseUrl: setup.databaseUrl,
      role: 'conversations_worker',
      max: 1,
      logger: createLogger('warn'),
    });
    await written(pool, rounds); // both sides begin warm
    const measured = await interleaved(
      effort.rounds,
      () => without(setup, () => written(pool, rounds)),
      () => written(pool, rounds),
      progress('writes with and without reports'),
    );
    await pool.end();
    const limit = figure(measured.map((r) => mean(r.limit)));
    const ours = figure(measured.map((r) => mean(r.ours)));
    const ratio = figure(measured.map((r) => mean(r.ours) / mean(r.limit)));
    return [
      {
        ...{
          n: '14w',
          what: `decisions written, ${TOGETHER} conversations a statement, with what reports count`,
        },
        ...{ goal: '–', limit: `${perSecond(limit.median)} (without)`, ours: perSecond(ours.median) },
        ...{ ratio: round(ratio.median), spread: `${round(ratio.least)}–${round(ratio.most)}`, pass: null },
        raw: { limit, ours, ratio },
      },
    ];
  },
};

async function without<T>({ pool }: Setup, work: () => Promise<T>): Promise<T> {
  await pool.query('ALTER TABLE timeline DISABLE TRIGGER reported');
  try {
    return await work();
  } finally {
    await pool.query('ALTER TABLE timeline ENABLE TRIGGER reported');
  }
}

let made = 0;

/** @returns decisions a second */
async function written(pool: Pool, rounds: number): Promise<number> {
  const began = performance.now();
  for (let n = 0; n < rounds; n += 1) {
    const now = Date.now();
    const lives = Array.from({ length: TOGETHER }, (): { key: ConversationKey; held: RunState } => {
      const key = { account: 'default', inbox: INBOX, conversation: `w${(made += 1)}` };
      return { key, held: begin(key, { row: null, settings: DEFAULT_SETTINGS, settings_version: 1 }, now) };
    });
    for (const [i, event] of LIFE.entries()) {
      const drafted = lives.map(({ key, held }) => draft(key, held, [event], now + i * 60_000));
      await writeDecisions(
        pool,
        lives.map(({ key, held }, nth) => writeOf(key, held, drafted[nth] ?? [])),
      );
      for (const [nth, life] of lives.entries()) life.held = advance(life.held, drafted[nth] ?? []);
    }
  }
  return (rounds * TOGETHER * LIFE.length) / ((performance.now() - began) / 1000);
}
