import { setTimeout as sleep } from 'node:timers/promises';
import { figure, interleaved } from '../rounds';
import { round, type Bench, type Line, type Row } from '../row';
import type { Setup } from '../setup';
import { mean, median } from '../statistics';
import { untilRung } from './counting';
import { farAhead, snoozed, untilAwake, waiting, type Population } from './population';

const MARGIN_MS = 5_000;
/** To start 10,000 conversations takes minutes, and one round does it twice for each side. */
const ROUNDS = 1;
const TRIED = 300;
/**
 * How many, spread over all, are asked whether they are done: then nearly all are. To ask all takes too long.
 */
const ASKED = 40;

/** Timers that are due in the same second: from then until all is done. */
export const timers: Row = {
  numbers: ['9'],
  async measure({ setup, effort, say, progress }: Bench): Promise<Line[]> {
    const { timers: count } = effort;
    say('timers: finding how long it takes to set them');
    const bare = await waiting(setup, 'try-bare-', TRIED, farAhead());
    const ours = await snoozed(setup, 'try-ours-', TRIED, farAhead());
    const rounds = await interleaved(
      ROUNDS,
      timed(bareDrain, setup, count, bare.msEach),
      timed(ourDrain, setup, count, ours.msEach),
      progress(`${count.toLocaleString('en')} timers due in the same second`),
    );
    const limit = rounds.map((r) => mean(r.limit.map((l) => l.seconds)));
    const our = rounds.map((r) => mean(r.ours.map((o) => o.seconds)));
    const ratio = figure(our.map((o, i) => o / (limit[i] ?? NaN)));
    return [
      {
        ...{ n: '9', what: `${count.toLocaleString('en')} timers due in the same second: time to drain` },
        ...{ goal: '≤ 1.50 ×', limit: `${round(median(limit))} s`, ours: `${round(median(our))} s` },
        ...{ ratio: round(ratio.median), spread: `${round(ratio.least)}–${round(ratio.most)}` },
        pass: ratio.median <= 1.5,
        raw: { limit, ours: our, ratio: ratio.each },
      },
    ];
  },
};

interface Drained {
  seconds: number;
  msEach: number;
}

/** As early as possible, by the time that it took to set one before. */
function timed(drain: typeof bareDrain, setup: Setup, count: number, msEach: number): () => Promise<Drained> {
  return async () => {
    const drained = await drain(setup, next(), count, msEach);
    msEach = drained.msEach;
    return drained;
  };
}

let populations = 0;
const next = () => `t${process.pid}-${++populations}`;

/** A whole second, far enough ahead that all are set by then. */
const dueIn = (ms: number) => Math.ceil((Date.now() + ms + MARGIN_MS) / 1000) * 1000;

async function bareDrain(setup: Setup, name: string, count: number, msEach: number): Promise<Drained> {
  const due = dueIn(count * msEach * 1.5);
  const population = await waiting(setup, `${name}-bare-`, count, due);
  await untilDue(due, population);
  const { workflowIds } = population;
  const some = workflowIds.filter((_, n) => (n + 1) % Math.ceil(count / ASKED) === 0);
  await untilRung(setup.client, some);
  const done = await untilRung(setup.client, workflowIds);
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
