import { ms, type Bench, type Line, type Row } from '../row';
import type { Sent } from '../load/job';
import { quantile } from '../statistics';
import { ourJob } from './load';
import { farAhead, snoozed } from './population';

const STEPS = 5;
const MB = 2 ** 20;

interface Held {
  open: number;
  server: number;
  worker: number;
}

/** Many open conversations that wait: the memory of server and worker, and how long one takes to wake. */
export const openConversations: Row = {
  numbers: ['open'],
  async measure({ setup, effort, progress, say }: Bench): Promise<Line[]> {
    const step = Math.ceil(effort.open / STEPS);
    const tell = progress(`${effort.open.toLocaleString('en')} conversations open`);
    const held: Held[] = [];
    let msEach = 0;
    for (let n = 0; n < STEPS; n++) {
      tell(n, STEPS);
      const population = await snoozed(setup, `open${n}-`, step, farAhead());
      msEach = population.msEach;
      const { server = 0, worker = 0 } = setup.memory();
      const now = { open: (n + 1) * step, server: server / MB, worker: worker / MB };
      held.push(now);
      say(text(now));
    }
    // those opened first have left the cache; asked a second time, they are in it
    const job = () =>
      ourJob(setup, { inFlight: 1 }, effort.seconds, { wait: true, of: 'open0-', conversations: step });
    const asleep = await setup.loader.run(job());
    const awake = await setup.loader.run({ ...job(), seconds: effort.seconds / 2 });
    const [first, last] = [held[0], held.at(-1)];
    const each = first && last ? ((last.server - first.server) * MB) / 1000 / (last.open - first.open) : NaN;
    const count = effort.open.toLocaleString('en');
    return [
      {
        ...{ n: 'open', what: `${count} open conversations: memory of Temporal's server, and of the worker` },
        ...{ goal: 'shown', limit: '–', ratio: `${each.toFixed(1)} kB each`, spread: '' },
        ours: held.map(text).join('; '),
        pass: null,
        raw: { held, opened_per_second: 1000 / msEach },
      },
      {
        ...{ n: 'open', what: 'an awaited answer of one outside the cache, p50 and p99' },
        ...{ goal: 'shown', limit: `${p(awake, 0.5)}, ${p(awake, 0.99)} in it` },
        ...{ ours: `${p(asleep, 0.5)}, ${p(asleep, 0.99)}`, ratio: '–', spread: '' },
        pass: null,
        raw: { asleep: asleep.latencies, awake: awake.latencies },
      },
    ];
  },
};

const text = ({ open, server, worker }: Held) =>
  `${open}: ${Math.round(server)} MB, ${Math.round(worker)} MB`;

const p = (sent: Sent, q: number) => ms(quantile(sent.latencies, q));
