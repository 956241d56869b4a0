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
 * More than an open loop sends to in one measurement: each event is by itself. Where several wait for one task, a higher load
 * costs less an event, and half of the most that goes is no longer half of the machine.
 */
const CONVERSATIONS = 1_000;
/** At what is sent in a second, each conversation has begun by then. */
const BEGIN_SECONDS = 15;
/** At half load calls go on becoming faster for some two minutes: what no two events share is seldom gone through at full load. */
const HALF_LOAD_SECONDS = 120;
/** Reading a thousand histories, for what the bare loop did, leaves the server with its own work for a moment. */
const SETTLE_MS = 2_000;

/** What was sent, and for each event how long it took from its answer until it was done, in milliseconds. */
export interface Lagged {
  sent: Sent;
  lags: number[];
}

/** Open loops in which each event has a conversation of its own. */
export interface Spread {
  /** what each side sustains of such events, per second: the median of several closed loops, for one alone is a fifth off */
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
  // Single events take other ways through the code than those that share tasks and commits.
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
