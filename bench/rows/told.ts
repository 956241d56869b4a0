import { figure, interleaved } from '../rounds';
import { perSecond, round, type Bench, type Line, type Row } from '../row';
import { mean, median, sum } from '../statistics';
import { Crowd } from '../told/crowd';
import { Endpoint } from '../told/endpoint';
import { IN_FLIGHT, ourJob, ourLoop, warmUpSeconds } from './load';

const READERS = 10;
const CONVERSATIONS = 200;
/** Each event may cost a tenth more, so this share of the rate must be left. */
const GOAL = 1 / 1.1;
const COST = 1.1;

interface Sample {
  /** events a second, until the last was written */
  rate: number;
  /** milliseconds of processor time for each event */
  cpu: number;
}

let runs = 0;

/**
 * What an endpoint and ten streams cost. Messages tell them little; closes and reopens, the worst case, tell
 * them everything.
 */
export const told: Row = {
  numbers: ['told'],
  async measure(bench: Bench): Promise<Line[]> {
    return [
      ...(await compared(bench, 'messages', {})),
      ...(await compared(bench, 'status changes', { wait: true, sends: 'closes and reopens' })),
    ];
  },
};

async function compared(
  { setup, effort, say, progress }: Bench,
  what: string,
  options: { wait?: boolean; sends?: 'closes and reopens' },
): Promise<Line[]> {
  const load = { inFlight: IN_FLIGHT };
  /** On conversations of its own, because a close needs one that is open. */
  const run = async (seconds = effort.seconds, endpoint?: Endpoint): Promise<Sample> => {
    const of = `heard-${process.pid}-${++runs}-`;
    await setup.loader.run({ ...ourJob(setup, load, 30, { of, wait: true }), atMost: CONVERSATIONS });
    const before = setup.cpu();
    const done = await ourLoop(setup, ourJob(setup, load, seconds, { ...options, of }));
    await endpoint?.caughtUp(); // what is told later costs too
    const after = setup.cpu();
    const parts = ['server', 'postgres', 'worker', 'api'] as const;
    const cpu = sum(parts.map((part) => (after[part] ?? 0) - (before[part] ?? 0)));
    return { rate: done.sustainedPerSecond, cpu: cpu / done.sent.accepted };
  };
  say(`warming up with ${what}`);
  await run(warmUpSeconds(effort));
  const rounds = await interleaved(
    effort.rounds,
    () => run(),
    async () => {
      const endpoint = await Endpoint.start(setup);
      const crowd = new Crowd();
      try {
        await crowd.open(READERS, setup);
        return await run(effort.seconds, endpoint);
      } finally {
        crowd.close();
        await endpoint.stop();
      }
    },
    progress(`${what}, told and not`),
  );
  const line = (of: keyof Sample, shown: (value: number) => string) => {
    const mid = (samples: Sample[]) => mean(samples.map((sample) => sample[of]));
    const each = rounds.map((r) => ({ limit: mid(r.limit), ours: mid(r.ours) }));
    const ratio = figure(each.map((p) => p.ours / p.limit));
    return {
      ...{ n: 'told', limit: shown(median(each.map((p) => p.limit))) },
      ...{ ours: shown(median(each.map((p) => p.ours))), ratio: round(ratio.median) },
      ...{ spread: `${round(ratio.least)}–${round(ratio.most)}`, raw: each, median: ratio.median },
    };
  };
  const { median: rate, ...rates } = line('rate', perSecond);
  const { median: cost, ...costs } = line('cpu', (value) => `${round(value)} ms`);
  return [
    {
      ...rates,
      what: `${what} with a webhook and ${READERS} streams against without: sustained`,
      ...{ goal: `≥ ${round(GOAL)} ×`, pass: rate >= GOAL },
    },
    {
      ...costs,
      what: 'the same: processor time per event of all parts',
      ...{ goal: `≤ ${round(COST)} ×`, pass: cost <= COST },
    },
  ];
}
