import { figure } from '../rounds';
import { round, type Bench, type Line, type Row } from '../row';
import { startService } from '../service';

/** Start: from `npm start` with no data and everything installed, until it is ready. */
export const start: Row = {
  numbers: ['12'],
  async measure({ effort, progress }: Bench): Promise<Line[]> {
    const times = effort.quick ? 1 : 3;
    const seconds: number[] = [];
    for (let n = 0; n < times; n++) {
      progress('npm start')(n, times);
      seconds.push(await startOnce());
    }
    const { median, least, most } = figure(seconds);
    return [
      {
        ...{ n: '12', what: 'npm start to the first 200 of /readyz', goal: '≤ 5 s', limit: '–' },
        ...{ ours: `${round(median, 1)} s`, ratio: '–', spread: `${round(least, 1)}–${round(most, 1)} s` },
        pass: median <= 5,
        raw: seconds,
      },
    ];
  },
};

async function startOnce(): Promise<number> {
  const service = await startService();
  await service.stop();
  return service.readyAfterSeconds;
}
