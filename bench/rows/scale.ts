import { figure, interleaved } from '../rounds';
import { perSecond, round, type Bench, type Line, type Row } from '../row';
import { mean, median } from '../statistics';
import { IN_FLIGHT, ourJob, ourLoop } from './load';

/**
 * Two APIs and two workers against one of each. On one machine they share the cores: it shows that they work
 * together, not that they are faster.
 */
export const scale: Row = {
  numbers: ['scale'],
  async measure({ setup, effort, say, progress }: Bench): Promise<Line[]> {
    const load = { inFlight: IN_FLIGHT };
    const loop = (urls: string[], of: string) => () =>
      ourLoop(setup, ourJob(setup, load, effort.seconds, { urls, of }));
    say('one API and one worker');
    const one = loop([setup.url], 'single-');
    await one();
    const before = await rounds(effort.rounds, one);
    say('starting another API and another worker');
    const [worker, api] = await Promise.all([setup.startWorker(), setup.startApi()]);
    const two = loop([setup.url, api.url], 'double-');
    await two();
    const pairs = await interleaved(effort.rounds, one, two, progress('two APIs, two workers'));
    await Promise.all([worker.stop(), api.child.stop()]);
    const ours = pairs.map((r) => mean(r.ours.map((s) => s.sustainedPerSecond)));
    const limit = before.map((s) => s.sustainedPerSecond);
    const ratio = figure(ours.map((o) => o / median(limit)));
    return [
      {
        ...{ n: 'scale', what: 'two APIs and two workers against one of each, on the same cores' },
        ...{ goal: 'none: shown', limit: perSecond(median(limit)), ours: perSecond(median(ours)) },
        ...{ ratio: round(ratio.median), spread: `${round(ratio.least)}–${round(ratio.most)}`, pass: null },
        raw: { limit, ours, one_api_two_workers: pairs.map((r) => r.limit.map((s) => s.sustainedPerSecond)) },
      },
    ];
  },
};

async function rounds<T>(count: number, measure: () => Promise<T>): Promise<T[]> {
  const all: T[] = [];
  for (let n = 0; n < count; n++) all.push(await measure());
  return all;
}
