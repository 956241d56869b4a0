import { setTimeout as sleep } from 'node:timers/promises';
import { figure, interleaved } from '../rounds';
import { round, type Bench, type Line, type Row } from '../row';
import type { Setup } from '../setup';
import { mean, median } from '../statistics';
import { untilIdle } from './counting';
import { snoozed, untilAwake, waiting, type Population } from './population';

const MARGIN_MS = 5_000;
/** Setting so many takes minutes each time; in one round each side has it twice. */
const ROUNDS = 1;

/** Row 9: timers due in the same second, from then until all is done. */
export const timers: Row = {
  numbers: ['9'],
  async measure({ setup, effort, say, progress }: Bench): Promise<Line[]> {
    const { timers: count } = effort;
    say('timers: finding how long it takes to set them');
    const tries = {
      bare: await bareDrain(setup, 'try', 50, 200),
      ours: await ourDrain(setup, 'try', 50, 200),
    };
    const rounds = await interleaved(
      ROUNDS,
      () => bareDrain(setup, next(), count, tries.bare.msEach),
      () => ourDrain(setup, next(), count, tries.ours.msEach),
      progress(`${count.toLocaleString('en')} timers due in the same second`),
    );
    const limit = rounds.map((r) => mean(r.limit.map((l) => l.seconds)));
    const ours = rounds.map((r) => mean(r.ours.map((o) => o.seconds)));
    const ratio = figure(ours.map((o, i) => o / (limit[i] ?? NaN)));
    return [
      {
        ...{ n: '9', what: `${count.toLocaleString('en')} timers due in the same second: time to drain` },
        ...{ goal: '≤ 1.50 ×', limit: `${round(median(limit))} s`, ours: `${round(median(ours))} s` },
        ...{ ratio: round(ratio.median), spread: `${round(ratio.least)}–${round(ratio.most)}` },
        pass: ratio.median <= 1.5,
        raw: { limit, ours, ratio: ratio.each },
      },
    ];
  },
};

interface Drained {
  seconds: number;
  msEach: number;
}

let populations = 0;
const next = () => `t${process.pid}-${++populations}`;

/** A whole second, far enough ahead for all to be set by then. */
const dueIn = (ms: number) => Math.ceil((Date.now() + ms + MARGIN_MS) / 1000) * 1000;

async function bareDrain(setup: Setup, name: string, count: number, msEach: number): Promise<Drained> {
  const due = dueIn(count * msEach * 1.5);
  const population = await waiting(setup, `${name}-bare-`, count, due);
  await untilDue(due, population);
  // the last to be started are the last to be done, more or less: asking all while they drain would slow them down
  await sleep(1_000);
  await untilIdle(setup.client, population.workflowIds.slice(-20));
  const done = await untilIdle(setup.client, population.workflowIds);
  return { seconds: (done - due) / 1000, msEach: population.msEach };
}

async function ourDrain(setup: Setup, name: string, count: number, msEach: number): Promise<Drained> {
  const due = dueIn(count * msEach * 1.5);
  const population = await snoozed(setup, `${name}-ours-`, count, due);
  await untilDue(due, population);
  const done = await untilAwake(setup, `${name}-ours-`);
  return { seconds: (done - due) / 1000, msEach: population.msEach };
}

async function untilDue(due: number, { msEach }: Population): Promise<void> {
  const ms = due - Date.now();
  if (ms < 0) throw new Error(`the timers were due before all were set (${round(msEach)} ms each)`);
  await sleep(ms);
}
