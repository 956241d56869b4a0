import { setTimeout as sleep } from 'node:timers/promises';
import { workerTuning } from '../../src/runtime/worker-tuning';
import { round, signed, type Bench, type Line, type Row } from '../row';
import type { Setup } from '../setup';
import { sum } from '../statistics';
import { farAhead, snoozed } from './population';

const GROWTH_ALLOWED = 0.15;

/** Idle conversations: what one costs while nothing happens, and what the worker keeps of it. */
export const idleConversations: Row = {
  numbers: ['10'],
  async measure({ setup, effort, say }: Bench): Promise<Line[]> {
    const cache = workerTuning.maxCachedWorkflows;
    const step = effort.quick ? 250 : cache;
    const steps = effort.quick ? 2 : 4;
    const memory: { open: number; mb: number }[] = [];
    const all: string[] = [];
    for (let n = 0; n < steps; n++) {
      say(
        `idle conversations: ${(n * step).toLocaleString('en')} of ${(steps * step).toLocaleString('en')} open`,
      );
      const { workflowIds } = await snoozed(setup, `idle${n}-`, step, farAhead());
      all.push(...workflowIds);
      memory.push({ open: all.length, mb: (setup.memory().worker ?? 0) / 2 ** 20 });
    }
    const seconds = effort.quick ? 10 : 60;
    say(`idle conversations: nothing happens for ${seconds} s`);
    await sleep(3_000);
    const before = await costs(setup, all);
    await sleep(seconds * 1000);
    const after = await costs(setup, all);
    const events = after.events - before.events;
    const writes = after.writes - before.writes;
    // From this number on, everything that the cache held at first has been dropped; before, there is less to
    // collect.
    const turnedOver = memory.find((m) => m.open >= 2 * cache);
    const last = memory.at(-1);
    const growth = turnedOver && last ? last.mb / turnedOver.mb - 1 : null;
    const shown = memory.map((m) => `${m.open}: ${Math.round(m.mb)} MB`).join(', ');
    return [
      {
        ...{
          n: '10',
          what: `${all.length.toLocaleString('en')} idle conversations for ${seconds} s: history events, rows written`,
        },
        ...{ goal: '0, 0', limit: '–', ours: `${events}, ${writes}`, ratio: '–', spread: '' },
        pass: events === 0 && writes === 0,
        raw: { events, writes, worker_cpu_ms_per_second: (after.cpu - before.cpu) / seconds },
      },
      {
        ...{
          n: '10',
          what: `worker memory by open conversations, cache of ${cache.toLocaleString('en')}`,
          goal: 'flat past it',
        },
        ...{
          limit: '–',
          ours: shown,
          ratio: growth === null ? '–' : signed(growth, `${round(growth * 100, 0)} %`),
          spread: '',
        },
        pass: growth === null ? null : growth <= GROWTH_ALLOWED,
        raw: memory,
      },
    ];
  },
};

/** A sample of the histories, and every row that was written, except the worker's own report every two seconds. */
async function costs(setup: Setup, ids: string[]) {
  const { client, pool } = setup;
  const sample = ids.filter((_, n) => n % Math.ceil(ids.length / 100) === 0);
  const lengths = await Promise.all(
    sample.map(async (id) => (await client.workflow.getHandle(id).describe()).historyLength),
  );
  const { rows } = await pool.query<{ n: number }>(
    `SELECT sum(n_tup_ins + n_tup_upd + n_tup_del)::int AS n FROM pg_stat_user_tables
     WHERE schemaname = 'public' AND relname <> 'workers'`,
  );
  return { events: sum(lengths), writes: rows[0]?.n ?? 0, cpu: setup.cpu().worker ?? 0 };
}
