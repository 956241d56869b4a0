import { figure, interleaved } from '../rounds';
import { perSecond, round, type Bench, type Line, type Row } from '../row';
import { mean, median } from '../statistics';
import { IN_FLIGHT, ourJob, ourLoop, warmUpSeconds } from './load';

const EVENTS = 100;
const CONNECTIONS = 4;

/** Many events in a request against the same events one by one, until the last is written. */
export const batches: Row = {
  numbers: ['batch'],
  async measure({ setup, effort, say, progress }: Bench): Promise<Line[]> {
    const single = (seconds: number) => ourLoop(setup, ourJob(setup, { inFlight: IN_FLIGHT }, seconds));
    const batched = (seconds: number) =>
      ourLoop(setup, ourJob(setup, { inFlight: CONNECTIONS }, seconds, { batch: EVENTS }));
    say('warming up');
    await single(warmUpSeconds(effort));
    await batched(warmUpSeconds(effort));
    const measured = await interleaved(
      effort.rounds,
      () => single(effort.seconds),
      () => batched(effort.seconds),
      progress('batches of events'),
    );
    const pairs = measured.map(({ limit, ours }): [number, number] => [
      mean(limit.map((s) => s.sustainedPerSecond)),
      mean(ours.map((s) => s.sustainedPerSecond)),
    ]);
    const ratio = figure(pairs.map(([one, many]) => many / one));
    return [
      {
        ...{
          n: 'batch',
          what: `events in batches of ${EVENTS}, ${CONNECTIONS} in flight, until written`,
          goal: '≥ 1 ×',
        },
        limit: `${perSecond(median(pairs.map(([one]) => one)))} one by one, ${IN_FLIGHT} in flight`,
        ours: perSecond(median(pairs.map(([, many]) => many))),
        ...{ ratio: round(ratio.median), spread: `${round(ratio.least)}–${round(ratio.most)}` },
        pass: ratio.median >= 1,
        raw: { pairs },
      },
    ];
  },
};
