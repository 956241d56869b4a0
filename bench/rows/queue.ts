import { interleaved } from '../rounds';
import { perSecond, round, type Bench, type Line, type Row } from '../row';
import { mean, median } from '../statistics';
import { IN_FLIGHT, ourJob, ourLoop } from './load';

/** For comparison: the same job as a table, a job queue in PostgreSQL, and a sweep each minute. */
export const queue: Row = {
  numbers: ['queue'],
  async measure({ setup, effort, say, progress }: Bench): Promise<Line[]> {
    say('starting the job queue');
    const theirs = await setup.startQueue();
    const load = { inFlight: IN_FLIGHT };
    const ourLoad = () => ourLoop(setup, ourJob(setup, load, effort.seconds));
    const their = { ...setup, url: theirs.url };
    const theirLoad = () => ourLoop(their, ourJob(their, load, effort.seconds, { of: 'queued-' }));
    await ourLoad();
    await theirLoad();
    const rounds = await interleaved(effort.rounds, theirLoad, ourLoad, progress('against a job queue'));
    await theirs.stop();
    const line = (what: string, of: (s: Awaited<ReturnType<typeof ourLoop>>) => number): Line => {
      const limit = rounds.map((r) => mean(r.limit.map(of)));
      const ours = rounds.map((r) => mean(r.ours.map(of)));
      const ratio = ours.map((o, i) => o / (limit[i] ?? NaN));
      return {
        ...{ n: 'queue', what: `a table with graphile-worker: events ${what}`, goal: 'none: shown' },
        ...{ limit: perSecond(median(limit)), ours: perSecond(median(ours)), ratio: round(median(ratio)) },
        ...{ spread: `${round(Math.min(...ratio))}–${round(Math.max(...ratio))}`, pass: null },
        raw: { limit, ours, ratio },
      };
    };
    return [line('accepted', (s) => s.acceptedPerSecond), line('sustained', (s) => s.sustainedPerSecond)];
  },
};
