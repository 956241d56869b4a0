import { figure, interleaved } from '../rounds';
import { ms, perSecond, round, type Bench, type Line, type Row } from '../row';
import type { Sent } from '../load/job';
import { mean, median } from '../statistics';
import { bareJob, IN_FLIGHT, ourJob, warmUpSeconds } from './load';

const rateOf = (sent: Sent) => sent.accepted / ((sent.ended - sent.began) / 1000);

/** Awaited answers. Ours signals and is told of the commit; the bare call is an update-with-start. */
export const awaited: Row = {
  numbers: ['11'],
  async measure({ setup, effort, say, progress }: Bench): Promise<Line[]> {
    const { seconds, rounds } = effort;
    const bare = (inFlight: number, forSeconds = seconds) =>
      setup.loader.run(bareJob(setup, 'update-with-start', { inFlight }, forSeconds, 'updated-'));
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
    const few = await atOnce(1);
    const limit = many.map((r) => mean(r.limit.map(rateOf)));
    const our = many.map((r) => mean(r.ours.map(rateOf)));
    const rate = figure(our.map((o, i) => o / (limit[i] ?? NaN)));
    const p50 = few.map((r) => [
      median(r.limit.flatMap((s) => s.latencies)),
      median(r.ours.flatMap((s) => s.latencies)),
    ]);
    const slower = figure(p50.map(([a = NaN, b = NaN]) => b / a));
    return [
      {
        ...{ n: '11', what: 'awaited answers at 50 in flight', goal: '≥ 0.60 ×' },
        ...{ limit: perSecond(median(limit)), ours: perSecond(median(our)) },
        ...{ ratio: round(rate.median), spread: `${round(rate.least)}–${round(rate.most)}` },
        pass: rate.median >= 0.6,
        raw: { limit, ours: our, ratio: rate.each },
      },
      {
        ...{ n: '11', what: 'awaited answers one at a time, p50', goal: '≤ 1.25 ×' },
        ...{ limit: ms(median(p50.map(([a = NaN]) => a))), ours: ms(median(p50.map(([, b = NaN]) => b))) },
        ...{ ratio: round(slower.median), spread: `${round(slower.least)}–${round(slower.most)}` },
        pass: slower.median <= 1.25,
        raw: { p50 },
      },
    ];
  },
};
