import type { Job, Sent } from '../load/job';
import { figure, interleaved, type Round } from '../rounds';
import { ms, perSecond, round, type Bench, type Line, type Row } from '../row';
import { median, quantile } from '../statistics';
import { bareJob, bareLags, bareLoop, IN_FLIGHT, ourJob, ourLags, ourLoop, SPREAD } from './load';

const BARE = 'apart-';
const OURS = { of: 'apart-', conversations: SPREAD };
/** at what is sent in a second, each conversation has begun */
const WARM_UP_SECONDS = 15;

interface Timed {
  latencies: number[];
  lags: number[];
}

/** Rows 3 and 4: an open loop at half of what the bare loop reaches. */
export const latency: Row = {
  numbers: ['3', '4'],
  async measure({ setup, effort, say, progress }: Bench): Promise<Line[]> {
    say('warming up');
    const closed = { inFlight: IN_FLIGHT };
    const bare = (load: Job['load'], seconds: number) =>
      bareJob(setup, 'signal', load, seconds, BARE, SPREAD);
    await ourLoop(setup, ourJob(setup, closed, WARM_UP_SECONDS, OURS));
    await bareLoop(setup, bare(closed, WARM_UP_SECONDS));
    say('finding half load');
    const full = await bareLoop(setup, bare(closed, effort.seconds));
    const load = { perSecond: full.sustainedPerSecond / 2 };
    const limit = async (): Promise<Timed> => {
      const job = bare(load, effort.seconds);
      const sent = await setup.loader.run(job);
      return { latencies: sent.latencies, lags: await bareLags(setup, sent, job) };
    };
    const ours = async (): Promise<Timed> => {
      const job = ourJob(setup, load, effort.seconds, { ...OURS, listen: true });
      const sent: Sent = await setup.loader.run(job);
      return { latencies: sent.latencies, lags: ourLags(sent) };
    };
    const what = `latency at ${perSecond(load.perSecond)}, half load`;
    const rounds = await interleaved(effort.rounds, limit, ours, progress(what));
    const calls = p99(rounds, (t) => t.latencies);
    const lags = p99(rounds, (t) => t.lags);
    const added = figure(calls.map(([bare, our]) => our - bare));
    const slower = figure(lags.map(([bare, our]) => our / bare));
    return [
      {
        ...{
          n: '3',
          what: `added p99 at half load (${perSecond(load.perSecond)}, open loop)`,
          goal: '≤ 5 ms',
        },
        ...{ limit: ms(median(calls.map(([a]) => a))), ours: ms(median(calls.map(([, b]) => b))) },
        ...{ ratio: `+${ms(added.median)}`, spread: `${ms(added.least)} – ${ms(added.most)}` },
        pass: added.median <= 5,
        raw: { p99: calls, p50: quantiles(rounds, (t) => t.latencies, 0.5), half_load: load.perSecond },
      },
      {
        ...{ n: '4', what: 'from 202 to the row, p99, at half load', goal: '≤ 1.50 ×' },
        ...{ limit: ms(median(lags.map(([a]) => a))), ours: ms(median(lags.map(([, b]) => b))) },
        ...{ ratio: round(slower.median), spread: `${round(slower.least)}–${round(slower.most)}` },
        pass: slower.median <= 1.5,
        raw: { p99: lags, p50: quantiles(rounds, (t) => t.lags, 0.5) },
      },
    ];
  },
};

type Rounds = Round<Timed, Timed>[];

const p99 = (rounds: Rounds, of: (t: Timed) => number[]) => quantiles(rounds, of, 0.99);

/** Of each round, the limit's and ours; both samples of a round are taken together. */
function quantiles(rounds: Rounds, of: (t: Timed) => number[], q: number): [number, number][] {
  return rounds.map((r) => [quantile(r.limit.flatMap(of), q), quantile(r.ours.flatMap(of), q)]);
}
