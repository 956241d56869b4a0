import { figure, interleaved } from '../rounds';
import { ms, perSecond, round, type Bench, type Line, type Row } from '../row';
import type { Sent } from '../load/job';
import { mean, median, quantile } from '../statistics';
import { bareJob, IN_FLIGHT, ourJob, warmUpSeconds } from './load';

const rateOf = (sent: Sent) => sent.accepted / ((sent.ended - sent.began) / 1000);

/** Awaited answers. Ours signals and is told of the commit; the bare call is an update-with-start. */
export const awaited: Row = {
  numbers: ['11'],
  async measure({ setup, effort, say, progress }: Bench): Promise<Line[]> {
    const { seconds, rounds } = effort;
    const bare = (inFlight: number, forSeconds = seconds) =>
      setup.loader.run(bareJob(setup, 'update', { inFlight }, forSeconds, 'updated-'));
    const ours = (inFlight: number, forSeconds = seconds) =>
      setup.loader.run(ourJob(setup, { inFlight }, forSeconds, { wait: true, of: 'awaited-' }));
    const atOnce = (inFlight: number) =>
      interleaved(
        rounds,
        () => bare(inFlight),
        () => ours(inFlight),
        progress(`awaited, ${inFlight} in flight`),
      );
    say('warming up');
    await bare(IN_FLIGHT, warmUpSeconds(effort));
    await ours(IN_FLIGHT, warmUpSeconds(effort));
    const many = await atOnce(IN_FLIGHT);
    const few = await atOnce(4);
    const limit = many.map((r) => mean(r.limit.map(rateOf)));
    const our = many.map((r) => mean(r.ours.map(rateOf)));
    const rate = figure(our.map((o, i) => o / (limit[i] ?? NaN)));
    const p99 = few.map((r) => [
      quantile(r.limit.flatMap((s) => s.latencies), 0.99),
      quantile(r.ours.flatMap((s) => s.latencies), 0.99),
    ]); // prettier-ignore
    const slower = figure(p99.map(([a = NaN, b = NaN]) => b / a));
    return [
      {
        ...{ n: '11', what: 'awaited answers at 50 in flight', goal: '≥ 2.00 ×' },
        ...{ limit: perSecond(median(limit)), ours: perSecond(median(our)) },
        ...{ ratio: round(rate.median), spread: `${round(rate.least)}–${round(rate.most)}` },
        pass: rate.median >= 2,
        raw: { limit, ours: our, ratio: rate.each },
      },
      {
        ...{ n: '11', what: 'awaited answers at 4 in flight, p99', goal: '≤ 1.20 ×' },
        ...{ limit: ms(median(p99.map(([a = NaN]) => a))), ours: ms(median(p99.map(([, b = NaN]) => b))) },
        ...{ ratio: round(slower.median), spread: `${round(slower.least)}–${round(slower.most)}` },
        pass: slower.median <= 1.2,
        raw: { p99 },
      },
    ];
  },
};
