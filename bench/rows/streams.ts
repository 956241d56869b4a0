import { setTimeout as sleep } from 'node:timers/promises';
import type { Sent } from '../load/job';
import { ms, round, type Bench, type Line, type Row } from '../row';
import { mean, median, quantile } from '../statistics';
import { Crowd, type Arrivals } from '../told/crowd';
import { IN_FLIGHT, ourJob } from './load';

const LAG_MS = 250;
const CONVERSATIONS = 200;
/** A close makes two changes (new status, end of the episode), a reopen one: 67 events make 100 changes. */
const CHANGES = 100;
const EVENTS = (CHANGES * 2) / 3;
/** Memory is compared from this share of the time on, when the first changes have allocated what they need. */
const SETTLED = 1 / 3;
const GROWN = 0.1;

/** Every reader reads the same inbox: each change goes out as many times as there are streams. */
export const streams: Row = {
  numbers: ['16'],
  async measure({ setup, effort, say }: Bench): Promise<Line[]> {
    const count = effort.quick ? 100 : 1_000;
    const seconds = effort.quick ? 10 : 60;
    const of = `watched-${process.pid}-`;
    const crowd = new Crowd();
    try {
      const first = {
        ...ourJob(setup, { inFlight: IN_FLIGHT }, 30, { of, wait: true }),
        atMost: CONVERSATIONS,
      };
      await setup.loader.run(first);
      say(`opening ${count} streams`);
      await crowd.open(count, setup);
      await crowd.report();
      say(`${count} streams, ${CHANGES} changes a second for ${seconds} s`);
      const options = { of, wait: true, listen: true, sends: 'closes and reopens' as const };
      const running = setup.loader.run(ourJob(setup, { perSecond: EVENTS }, seconds, options));
      const memory = await sampled(() => setup.memory().api ?? 0, running);
      const sent = await running;
      await sleep(2_000);
      const { open, arrivals } = await crowd.report();
      const lags = lagsOf(sent, arrivals);
      const changes = median(Object.values(arrivals).map((each) => each.length));
      const told = {
        open,
        events: Object.keys(arrivals).length,
        accepted: sent.accepted,
        failed: sent.failed,
      };
      const from = mean(memory.slice(Math.floor(memory.length * SETTLED), Math.floor(memory.length / 2)));
      const to = mean(memory.slice(-3));
      const grown = to / from - 1;
      return [
        {
          ...{
            n: '16',
            what: `${count} streams at ${CHANGES} changes a second: lag, p99`,
            goal: `≤ ${LAG_MS} ms`,
          },
          ...{ limit: '–', ours: ms(quantile(lags, 0.99)), ratio: '–' },
          spread: `p50 ${ms(quantile(lags, 0.5))}; ${open} open at the end`,
          pass: quantile(lags, 0.99) <= LAG_MS && open === count && told.events >= 0.99 * sent.accepted,
          raw: { ...told, changes_of_an_event: changes, p50: quantile(lags, 0.5), most: Math.max(...lags) },
        },
        {
          ...{ n: '16', what: 'the same: memory of the API', goal: 'flat', limit: `${mb(from)} MB` },
          ...{
            ours: `${mb(to)} MB`,
            ratio: `${grown < 0 ? '−' : '+'}${round(Math.abs(grown) * 100, 0)} %`,
            spread: '',
          },
          pass: grown <= GROWN,
          raw: memory,
        },
      ];
    } finally {
      crowd.close();
    }
  },
};

const mb = (bytes: number) => round(bytes / 1e6, 0);

/** Once a second while it runs. */
async function sampled(read: () => number, running: Promise<unknown>): Promise<number[]> {
  const samples: number[] = [];
  let isOver = false;
  const over = () => (isOver = true);
  running.then(over, over);
  while (!isOver) {
    samples.push(read());
    await sleep(1_000);
  }
  return samples;
}

/** From the commit of a decision until each reader had it, in milliseconds. */
function lagsOf({ written }: Sent, arrivals: Arrivals): number[] {
  return Object.entries(arrivals).flatMap(([id, each]) => {
    const at = written[id];
    return at === undefined ? [] : each.map((arrived) => Math.max(0, arrived - at));
  });
}
