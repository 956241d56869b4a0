import type { Sent } from '../load/job';
import { plot, type Series } from '../plot';
import { perSecond, type Bench, type Line, type Row } from '../row';
import { quantile } from '../statistics';
import { spread, type Lagged } from './spread';

/** shares of what the bare loop sustains */
const LOADS = [0.2, 0.35, 0.5, 0.65, 0.8, 1];
const STEP_MS = 250;
/** a backlog grows if it holds more than this share of all events at the end */
const LEFT_OVER = 0.1;

interface Measured {
  offered: number;
  achieved: number;
  p50: number;
  p99: number;
  lag: number;
  backlog: { x: number; y: number }[];
}

/**
 * Throughput, latency and backlog against the offered load, in an open loop. They are plotted and have no
 * goal.
 */
export const curves: Row = {
  numbers: ['curves'],
  async measure(bench: Bench): Promise<Line[]> {
    const { effort, progress, keep } = bench;
    const { sustained, ...open } = await spread(bench, 'curve-');
    const most = sustained.bare;
    const ours: Measured[] = [];
    const limit: Measured[] = [];
    const tell = progress('throughput and latency against offered load');
    for (const [n, share] of LOADS.entries()) {
      tell(n, LOADS.length);
      const offered = most * share;
      limit.push(measured(offered, await open.bare(offered)));
      ours.push(measured(offered, await open.ours(offered)));
    }
    await draw(limit, ours, keep);
    const held = ours.filter((m) => (m.backlog.at(-1)?.y ?? 0) <= LEFT_OVER * m.offered * effort.seconds);
    const best = Math.max(0, ...held.map((m) => m.offered));
    return [
      {
        ...{ n: 'curves', what: 'offered load without a growing backlog', goal: 'none: shown' },
        ...{ limit: perSecond(most), ours: perSecond(best), ratio: (best / most).toFixed(2), spread: '' },
        ...{ pass: null, raw: { limit, ours } },
      },
    ];
  },
};

async function draw(limit: Measured[], ours: Measured[], keep: Bench['keep']): Promise<void> {
  const line = (name: string, all: Measured[], of: (m: Measured) => number): Series => ({
    name,
    points: all.map((m) => ({ x: m.offered, y: of(m) })),
  });
  const x = 'events offered per second';
  const both = (of: (m: Measured) => number, what: string) => [
    line(`${what}, bare loop`, limit, of),
    line(`${what}, this service`, ours, of),
  ];
  keep(
    'throughput.svg',
    await plot(
      'Events answered per second',
      { x, y: 'answered per second' },
      both((m) => m.achieved, 'answered'),
    ),
  );
  keep(
    'latency.svg',
    await plot('Time to the answer, and from there to done', { x, y: 'milliseconds', log: true }, [
      ...both((m) => m.p50, 'answer p50'),
      ...both((m) => m.p99, 'answer p99'),
      ...both((m) => m.lag, 'done after the answer, p99'),
    ]),
  );
  const backlog = ours.map((m) => ({ name: perSecond(m.offered), points: m.backlog }));
  keep(
    'backlog.svg',
    await plot('Events accepted and not yet written', { x: 'seconds', y: 'events' }, backlog),
  );
}

function measured(offered: number, { sent, lags }: Lagged): Measured {
  const { latencies, began, ended, accepted } = sent;
  return {
    offered,
    achieved: accepted / ((ended - began) / 1000),
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
    lag: Math.max(0.1, quantile(lags, 0.99)),
    backlog: backlogOf(sent),
  };
}

/** At each moment while it was sent: acknowledged events minus written events. */
function backlogOf({ acknowledged, written, began, ended }: Sent): { x: number; y: number }[] {
  const before = (times: number[], at: number) => times.filter((t) => t <= at).length;
  const [taken, done] = [Object.values(acknowledged), Object.values(written)];
  const steps = Math.ceil((ended - began) / STEP_MS);
  return Array.from({ length: steps + 1 }, (_, n) => {
    const at = began + n * STEP_MS;
    return { x: (n * STEP_MS) / 1000, y: before(taken, at) - before(done, at) };
  });
}
