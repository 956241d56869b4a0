import { figure, interleaved, type Round } from '../rounds';
import { ms, perSecond, round, signed, type Bench, type Line, type Row } from '../row';
import { median, quantile } from '../statistics';
import { spread, type Lagged } from './spread';

/** Added p99, and from 202 to the row: an open loop at half of what the service sustains, see decision 23. */
export const latency: Row = {
  numbers: ['3', '4'],
  async measure(bench: Bench): Promise<Line[]> {
    const { effort, progress } = bench;
    const { sustained, bare, ours } = await spread(bench, 'apart-');
    const half = sustained.ours / 2;
    const rounds = await interleaved(
      effort.rounds,
      () => bare(half),
      () => ours(half),
      progress(`latency at ${perSecond(half)}, half load`),
    );
    const calls = p99(rounds, latencies);
    const lags = p99(rounds, lagsOf);
    const added = figure(calls.map(([bare, our]) => our - bare));
    const slower = figure(lags.map(([bare, our]) => our / bare));
    return [
      {
        ...{
          n: '3',
          what: `added p99 at half load (${perSecond(half)}, open loop)`,
          goal: '≤ 5 ms',
        },
        ...{ limit: ms(median(calls.map(([a]) => a))), ours: ms(median(calls.map(([, b]) => b))) },
        ...{
          ratio: signed(added.median, ms(added.median)),
          spread: `${ms(added.least)} – ${ms(added.most)}`,
        },
        pass: added.median <= 5,
        raw: { p99: calls, p50: quantiles(rounds, latencies, 0.5), sustained },
      },
      {
        ...{ n: '4', what: 'from 202 to the row, p99, at half load', goal: '≤ 1.50 ×' },
        ...{ limit: ms(median(lags.map(([a]) => a))), ours: ms(median(lags.map(([, b]) => b))) },
        ...{ ratio: round(slower.median), spread: `${round(slower.least)}–${round(slower.most)}` },
        pass: slower.median <= 1.5,
        raw: { p99: lags, p50: quantiles(rounds, lagsOf, 0.5) },
      },
    ];
  },
};

const latencies = ({ sent }: Lagged) => sent.latencies;
const lagsOf = ({ lags }: Lagged) => lags;

type Rounds = Round<Lagged, Lagged>[];

const p99 = (rounds: Rounds, of: (t: Lagged) => number[]) => quantiles(rounds, of, 0.99);

/** Of each round, the limit's and ours; both samples of a round are taken together. */
function quantiles(rounds: Rounds, of: (t: Lagged) => number[], q: number): [number, number][] {
  return rounds.map((r) => [quantile(r.limit.flatMap(of), q), quantile(r.ours.flatMap(of), q)]);
}
