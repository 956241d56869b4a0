/** The activities of a conversation's workflow; conversations share their statements. */
import { conversationActivities, type ConversationActivities } from '../../activities/conversations';
import type { Pool } from 'pg';
import { createPool } from '../../src/db/pool';

import { createLogger } from '../../src/runtime/log';
import { Life, makeInbox, message } from '../db/writes.life';
import { createDatabase, type TestDatabase } from '../support/servers';
import type { Write } from '../../src/domain/ledger';

let database: TestDatabase;
let pool: Pool;
let activities: ConversationActivities;
beforeAll(async () => {
  database = await createDatabase();
  await makeInbox(database.pool);
  const logger = createLogger('silent');
  pool = createPool({ databaseUrl: database.url, role: 'conversations_worker', max: 4, logger });
  activities = conversationActivities(pool);
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

describe('persist', () => {
  it('says that it was written', async () => {
    expect(await activities.persist(new Life().next(message('1')), 'digest')).toEqual({
      written: true,
      digest: 'digest',
    });
  });

  it('answers a repeated write with the row, and with what of it is known', async () => {
    const life = new Life();
    const write = life.next(message('1'), message('2'));
    await activities.persist(write, 'digest');
    const again = await activities.persist(write, 'digest');
    expect(again).toMatchObject({ written: false, row: { seq: 2, version: 2 }, settings_version: 1 });
    expect([...('known' in again ? again.known : [])].sort()).toEqual(['1', '2']);
  });

  it('answers a late write with the newer row', async () => {
    const life = new Life();
    const late = life.next(message('1'));
    const other = new Life();
    const newer = other.next(message('2'), message('3'));
    newer.key = life.key;
    newer.row = { ...newer.row, conversation: life.key.conversation };
    await activities.persist(newer, 'digest');
    expect(await activities.persist(late, 'digest')).toMatchObject({
      written: false,
      known: [],
      row: { seq: 2 },
    });
  });

  it('answers a write under old settings with the new ones', async () => {
    const life = new Life();
    const write = life.next(message('1'));
    const stale = { ...write, row: { ...write.row, settings_version: 0 } };
    const answer = await activities.persist(stale, 'digest');
    expect(answer).toMatchObject({
      written: false,
      row: null,
      settings: { csat: { enabled: true } },
      settings_version: 1,
    });
    expect(await activities.persist(write, 'digest')).toEqual({ written: true, digest: 'digest' });
  });

  it('of many at once, fails only for the one that cannot be written', async () => {
    const lives = Array.from({ length: 60 }, () => new Life());
    const poisoned = 17;
    const writes = lives.map((life, i) => (i === poisoned ? poison(life) : life.next(message('1'))));
    const settled = await Promise.allSettled(writes.map((write) => activities.persist(write, 'digest')));
    const failed = settled.flatMap((s, i) => (s.status === 'rejected' ? [i] : []));
    expect(failed).toEqual([poisoned]);
    expect(settled.filter((s) => s.status === 'fulfilled' && s.value.written)).toHaveLength(59);
  });

  it('costs the database few commits when many come at once', async () => {
    const queries = jest.spyOn(pool, 'query');
    const lives = Array.from({ length: 100 }, () => new Life());
    await Promise.all(lives.map((life) => activities.persist(life.next(message('1')), 'digest')));
    expect(queries.mock.calls.length).toBeLessThanOrEqual(3);
    queries.mockRestore();
  });

  it('fails while the database is away, and works again when it is back', async () => {
    const life = new Life();
    const write = life.next(message('1'));
    await database.pool.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE application_name = 'conversations_worker' AND datname = current_database()`);
    const first = await activities.persist(write, 'digest').catch((error: unknown) => error);
    if (first instanceof Error)
      expect(await activities.persist(write, 'digest')).toEqual({ written: true, digest: 'digest' });
    else expect(first).toEqual({ written: true, digest: 'digest' }); // the pool had noticed
  });
});

describe('load', () => {
  it('loads once for all calls that come at the same time', async () => {
    const queries = jest.spyOn(pool, 'query');
    const keys = Array.from({ length: 100 }, () => new Life().key);
    const loaded = await Promise.all(keys.map((key) => activities.load(key)));
    expect(loaded.every(({ row }) => row === null)).toBe(true);
    expect(queries.mock.calls.length).toBeLessThanOrEqual(3);
    queries.mockRestore();
  });
});

function poison(life: Life): Write {
  const write = life.next(message('1'));
  return { ...write, row: { ...write.row, agents: ['a\0b'] } };
}
