import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'pg';
import { putInbox, type Setup } from '../setup';
import { proportionalBytes, treeOf } from '../proc';
import { startService } from '../service';
import { sum } from '../statistics';
import { round, type Bench, type Line, type Row } from '../row';
import { IN_FLIGHT, ourJob, ourLoop, warmUpSeconds } from './load';

const IDLE_MB = 500;
const LOADED_MB = 1_200;
/** By then the garbage of the start is collected. */
const SETTLE_MS = 20_000;

/**
 * Memory of all that `npm start` runs: with nothing to do, and after the load of the rows of throughput and of status changes.
 * A page that several processes share is counted once.
 */
export const memory: Row = {
  numbers: ['21'],
  async measure({ setup, effort, say }: Bench): Promise<Line[]> {
    say('npm start');
    const service = await startService();
    const pool = new Pool({ connectionString: service.databaseUrl, max: 2 });
    try {
      await putInbox(service.url, setup.key);
      say('memory with nothing to do');
      await sleep(effort.quick ? 3_000 : SETTLE_MS);
      const idle = memoryOf(service.pid);
      const theirs: Setup = { ...setup, url: service.url, databaseUrl: service.databaseUrl, pool };
      const seconds = warmUpSeconds(effort) + 2 * effort.rounds * effort.seconds;
      say(`memory after ${seconds} s of events and ${seconds} s of closes and reopens`);
      await ourLoop(theirs, ourJob(theirs, { inFlight: IN_FLIGHT }, seconds));
      await setup.loader.run(
        ourJob(theirs, { inFlight: IN_FLIGHT }, seconds, {
          ...{ wait: true, of: 'changed-', sends: 'closes and reopens' },
        }),
      );
      const loaded = memoryOf(service.pid);
      return [line('idle', idle, IDLE_MB), line('after rows 1, 2 and 20', loaded, LOADED_MB)];
    } finally {
      await pool.end();
      await service.stop();
    }
  },
};

function line(when: string, parts: Record<string, number>, most: number): Line {
  const all = sum(Object.values(parts));
  const shown = Object.entries(parts).map(([part, mb]) => `${part} ${Math.round(mb)}`);
  return {
    ...{ n: '21', what: `memory of all that npm start runs, ${when}`, goal: `≤ ${most} MB`, limit: '–' },
    ...{ ours: `${round(all, 0)} MB`, ratio: '–', spread: shown.join(', ') },
    pass: all <= most,
    raw: parts,
  };
}

/** In MB, by what runs. */
function memoryOf(pid: number): Record<string, number> {
  const parts: Record<string, number> = {};
  for (const { pid: one, name } of treeOf(pid)) {
    parts[name] = (parts[name] ?? 0) + proportionalBytes(one) / 2 ** 20;
  }
  return parts;
}
