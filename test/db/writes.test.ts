import { createPool } from '../../src/db/pool';
import { loadConversations, writeDecisions } from '../../src/db/writes';
import { fromRecord, toRecord } from '../../src/domain/record';
import { createLogger } from '../../src/runtime/log';
import { createDatabase, type TestDatabase } from '../support/servers';
import { INBOX, Life, makeInbox, message } from './writes.life';
import type { Write } from '../../src/domain/ledger';

let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase();
  await makeInbox(database.pool);
});
afterAll(() => database.drop());

const write = async (w: Write) => (await writeDecisions(database.pool, [w]))[0];

async function held({ key }: Life) {
  const [loaded] = await loadConversations(database.pool, [key]);
  const { rows } = await database.pool.query<{ event: string }>(
    'SELECT event FROM timeline WHERE conversation = $1 ORDER BY seq',
    [key.conversation],
  );
  return { row: loaded?.row ?? null, events: rows.map((r) => r.event) };
}

describe('decisions that are written', () => {
  it('are the state again when they are loaded', async () => {
    const life = new Life();
    const events = [
      message('m'),
      { id: 'r', type: 'agent_reply', agent: 'ana' },
      { id: 'c', type: 'close', agent: 'ana' },
    ];
    expect(await write(life.next(...events))).toBe(true);
    const { row } = await held(life);
    expect(row && fromRecord(row)).toEqual(life.state);
  });

  it('leave the row, the timeline, the episode, the survey and the outbox, or nothing', async () => {
    const life = new Life();
    const early = life.next(message('m'));
    const late = life.next({ id: 'c', type: 'close', agent: 'ana' });
    const count = async () => {
      const tables = ['conversations', 'timeline', 'episodes', 'surveys', 'outbox'];
      const counts = tables.map((t) => `(SELECT count(*)::int FROM ${t} WHERE conversation = $1) AS ${t}`);
      return (await database.pool.query(`SELECT ${counts.join(', ')}`, [life.key.conversation]))
        .rows[0] as object;
    };
    expect(await write(late)).toBe(false);
    expect(await count()).toEqual({ conversations: 0, timeline: 0, episodes: 0, surveys: 0, outbox: 0 });
    expect(await write(early)).toBe(true);
    expect(await write(late)).toBe(true);
    expect(await count()).toEqual({ conversations: 1, timeline: 2, episodes: 1, surveys: 1, outbox: 3 });
  });

  it('folded from the first on are the record', () => {
    const life = new Life();
    const w = life.next(message('m'), { id: 't', type: 'tag_add', tags: ['x'] }, message('n'), {
      id: 'c',
      type: 'close',
      agent: 'b',
    });
    const folded = w.steps.reduce((record, { entry }) => ({ ...record, ...entry.changes }), {});
    expect(folded).toEqual(toRecord(INBOX, life.state));
  });
});

describe('the fence', () => {
  it('lets a late or repeated write change nothing', async () => {
    const life = new Life();
    const first = life.next(message('1'));
    const second = life.next(message('2'));
    expect(await write(first)).toBe(true);
    expect(await write(second)).toBe(true);
    const before = await held(life);
    expect(await write(first)).toBe(false);
    expect(await write(second)).toBe(false);
    expect(await held(life)).toEqual(before);
  });

  it('lets one of two that were decided on top of the same row win', async () => {
    const life = new Life();
    const mine = life.next(message('mine'));
    const other = new Life();
    const theirs = { ...other.next(message('theirs'), message('more')), key: life.key };
    theirs.row = { ...theirs.row, conversation: life.key.conversation };
    const made = await Promise.all([write(mine), write(theirs).catch(() => false)]);
    expect(made.filter(Boolean)).toHaveLength(1);
    expect((await held(life)).events).toEqual(made[0] ? ['mine'] : ['theirs', 'more']);
  });

  it('does not let an event be written twice, however long ago it was', async () => {
    const life = new Life();
    expect(await write(life.next(message('1')))).toBe(true);
    expect(await write(life.next(message('2'), message('1')))).toBe(false);
    expect((await held(life)).events).toEqual(['1']);
  });

  it('does not let decisions be written that were made under other settings', async () => {
    const life = new Life();
    const w = life.next(message('1'));
    expect(await write({ ...w, row: { ...w.row, settings_version: 7 } })).toBe(false);
    expect((await held(life)).row).toBeNull();
  });

  it('holds back only that one conversation of a batch', async () => {
    const [good, late, fine] = [new Life(), new Life(), new Life()];
    late.next(message('lost'));
    const batch = [good, late, fine].map((life) => life.next(message('1')));
    expect(await writeDecisions(database.pool, batch)).toEqual([true, false, true]);
  });
});

describe('the worker’s role', () => {
  it('writes decisions, and may neither take them back nor read a key', async () => {
    const logger = createLogger('silent');
    const pool = createPool({ databaseUrl: database.url, role: 'conversations_worker', max: 1, logger });
    try {
      expect(await writeDecisions(pool, [new Life().next(message('1'))])).toEqual([true]);
      for (const sql of [
        'DELETE FROM timeline',
        'UPDATE timeline SET verdict = verdict',
        'SELECT key_hash FROM api_keys',
      ])
        await expect(pool.query(sql)).rejects.toThrow('permission denied');
    } finally {
      await pool.end();
    }
  });
});

describe('the API’s role', () => {
  it('reads conversations, and may not decide them', async () => {
    const logger = createLogger('silent');
    const pool = createPool({ databaseUrl: database.url, role: 'conversations_api', max: 1, logger });
    try {
      await pool.query('SELECT * FROM conversations LIMIT 1');
      await expect(pool.query(`UPDATE conversations SET status = 'new'`)).rejects.toThrow(
        'permission denied',
      );
      await expect(writeDecisions(pool, [new Life().next(message('1'))])).rejects.toThrow(
        'permission denied',
      );
    } finally {
      await pool.end();
    }
  });
});
