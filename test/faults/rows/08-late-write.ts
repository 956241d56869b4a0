import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import { audit } from '../harness/audit';
import { post, type Sent } from '../harness/load';
import { broken, type Row } from '../harness/row';
import { until } from '../harness/until';

/** Longer than a persist may take. */
const PAST_TIMEOUT_MS = 11_000;

/**
 * The network holds a worker's writes. The worker is killed, another one writes newer decisions, and then the
 * network delivers the old writes.
 */
export const lateWrite: Row = {
  n: 8,
  promise: 'a late write never wins',
  async run({ world, short, inbox }) {
    const conversations = Array.from({ length: short ? 5 : 20 }, (_, i) => `late${i}`);
    const wire = await world.proxyTo('postgres');
    const slow = world.worker({ postgres: wire.port });
    await Promise.all([world.api().start(), slow.start()]);
    const settings = await world.inbox(inbox);
    const sent: Sent[] = [];
    const all = async (type: string, prefer: string) => {
      const posts = conversations.map((conversation) => {
        const event = {
          id: `${conversation}.${sent.length}`,
          type,
          ...(type === 'agent_reply' && { agent: 'ana' }),
        };
        return post(world.client(), inbox, { conversation, event, prefer });
      });
      sent.push(...(await Promise.all(posts)));
    };
    await all('message', 'wait=10');
    wire.set('hold');
    await all('message', 'respond-async');
    await until(() => wire.held > 0, 10_000);
    await sleep(PAST_TIMEOUT_MS);
    const held = wire.held;
    await slow.end('SIGKILL');
    await world.worker().start();
    await all('agent_reply', 'wait=10');
    await all('mark_unread', 'wait=10');
    await until(async () => (await written(world.pool, inbox)) >= sent.length, 30_000);
    const before = await everything(world.pool, inbox);
    wire.set('pass');
    const answered = await until(() => wire.answeredToNobody > 0, 10_000);
    await sleep(1_000);
    const after = await everything(world.pool, inbox);
    const found = await audit(world, { inbox, settings, sent, withinMs: 10_000 });
    return {
      audit: found,
      failed: broken({
        'writes were held': held > 0,
        'they reached the database in the end': answered,
        'and changed nothing': before === after,
      }),
      figures: { 'bytes held': held, 'rows changed': before === after ? 0 : 'some' },
    };
  },
};

async function written(pool: Pool, inbox: string): Promise<number> {
  const { rows } = await pool.query<{ n: number }>(
    'SELECT count(*)::int AS n FROM timeline WHERE inbox = $1',
    [inbox],
  );
  return rows[0]?.n ?? 0;
}

/** A hash of all rows of an inbox. */
async function everything(pool: Pool, inbox: string): Promise<string> {
  const hash = createHash('sha256');
  for (const table of ['conversations', 'timeline', 'episodes', 'surveys', 'outbox']) {
    const { rows } = await pool.query(`SELECT * FROM ${table} t WHERE inbox = $1 ORDER BY t::text`, [inbox]);
    hash.update(JSON.stringify(rows));
  }
  return hash.digest('hex');
}
