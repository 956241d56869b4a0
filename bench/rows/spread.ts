import { setTimeout as sleep } from 'node:timers/promises';
import type { Job, Sent } from '../load/job';
import { interleaved } from '../rounds';
import type { Bench } from '../row';
import { median } from '../statistics';
import {
  bareJob,
  bareLags,
  bareLoop,
  IN_FLIGHT,
  ourJob,
  ourLags,
  ourLoop,
  warmUpSeconds,
  type Sustained,
} from './load';

/**
 * More conversations than an open loop sends to in one measurement, so that each event has one of its own.
 * Where several events share a task, each costs less at a higher load, and half of the highest load is not
 * half of the machine.
 */
const CONVERSATIONS = 1_000;
/** Long enough for each conversation to begin. */
const BEGIN_SECONDS = 15;
/**
 * At half load calls become faster for about two minutes, because full load rarely runs the code for an event
 * that shares nothing.
 */
const HALF_LOAD_SECONDS = 120;
/**
 * To see what the bare loop did, a thousand histories are read. That gives the server work of its own for a
 * moment.
 */
const SETTLE_MS = 2_000;

/** What was sent, and for each event the time from its answer until it was done, in milliseconds. */
export interface Lagged {
  sent: Sent;
  lags: number[];
}

/** Open loops in which each event has a conversation of its own. */
export interface Spread {
  /**
   * events per second that each side sustains: the median of several closed loops, because a single one can
   * be wrong by a fifth
   */
  sustained: { bare: number; ours: number };
  bare: (perSecond: number) => Promise<Lagged>;
  ours: (perSecond: number) => Promise<Lagged>;
}

/** @param of put in front of the conversations' names */
export async function spread({ setup, effort, say, progress }: Bench, of: string): Promise<Spread> {
  const { seconds } = effort;
  const closed = { inFlight: IN_FLIGHT };
  const bareOf = (load: Job['load'], forSeconds = seconds) =>
    bareJob(setup, 'signal', load, forSeconds, of, CONVERSATIONS);
  const oursOf = (load: Job['load'], forSeconds = seconds) =>
    ourJob(setup, load, forSeconds, { of, conversations: CONVERSATIONS, listen: !('inFlight' in load) });
  const settled = async <T>(measure: () => Promise<T>) => {
    await sleep(SETTLE_MS);
    return measure();
  };
  say('warming up');
  const warmUp = Math.max(BEGIN_SECONDS, warmUpSeconds(effort));
  await ourLoop(setup, oursOf(closed, warmUp));
  await bareLoop(setup, bareOf(closed, warmUp));
  const sustained = await interleaved(
    effort.quick ? 1 : 2,
    () => settled(() => bareLoop(setup, bareOf(closed))),
    () => settled(() => ourLoop(setup, oursOf(closed))),
    progress('what both sustain'),
  );
  const middle = (loops: Sustained[]) => median(loops.map((loop) => loop.sustainedPerSecond));
  const [bareMost, ourMost] = [
    middle(sustained.flatMap(({ limit }) => limit)),
    middle(sustained.flatMap(({ ours }) => ours)),
  ];
  // Single events run other code than those that share tasks and commits.
  say('warming up at half load');
  const half = { perSecond: ourMost / 2 };
  const halfWarmUp = effort.quick ? warmUpSeconds(effort) : HALF_LOAD_SECONDS;
  await ourLoop(setup, oursOf(half, halfWarmUp));
  await bareLoop(setup, bareOf(half, halfWarmUp));
  return {
    sustained: { bare: bareMost, ours: ourMost },
    async bare(perSecond) {
      const job = bareOf({ perSecond });
      const sent = await settled(() => setup.loader.run(job));
      return { sent, lags: await bareLags(setup, sent, job) };
    },
    async ours(perSecond) {
      const sent = await settled(() => setup.loader.run(oursOf({ perSecond })));
      return { sent, lags: ourLags(sent) };
    },
  };
}
