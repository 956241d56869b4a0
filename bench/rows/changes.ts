import { figure, interleaved, type Round } from '../rounds';
import { ms, perSecond, round, type Bench, type Line, type Row } from '../row';
import type { Sent } from '../load/job';
import type { Setup } from '../setup';
import { mean, median, quantile } from '../statistics';
import { bareJob, IN_FLIGHT, ourJob, warmUpSeconds } from './load';

const CONVERSATIONS = 200;
const LOAD = { inFlight: IN_FLIGHT };
/** More than the events that are sent, so that every event has a conversation of its own. */
const EACH_ITS_OWN = 1_000_000_000;

let runs = 0;
const fresh = (prefix: string) => `${prefix}${process.pid}-${++runs}-`;

type Measure = (setup: Setup, seconds: number) => Promise<Sent>;

/** Closes and reopens in turn, awaited. The bare call is an update of a workflow that runs. */
export const statusChanges: Row = {
  numbers: ['20'],
  measure: (bench) =>
    compared(bench, {
      ...{ n: '20', what: 'status changes, awaited at 50 in flight', least: 0.55 },
      async bare(setup, seconds) {
        const of = fresh('updated-');
        await setup.loader.run({
          ...bareJob(setup, 'update-with-start', LOAD, 30, of),
          atMost: CONVERSATIONS,
        });
        return setup.loader.run(bareJob(setup, 'update', LOAD, seconds, of));
      },
      async ours(setup, seconds) {
        const of = fresh('changed-');
        await setup.loader.run({ ...ourJob(setup, LOAD, 30, { of, wait: true }), atMost: CONVERSATIONS });
        return setup.loader.run(
          ourJob(setup, LOAD, seconds, { of, wait: true, sends: 'closes and reopens' }),
        );
      },
    }),
};

/** The first message of each of many conversations, awaited. The bare call is an update-with-start that starts a run each. */
export const firstMessages: Row = {
  numbers: ['22'],
  measure: (bench) =>
    compared(bench, {
      ...{ n: '22', what: 'first messages of new conversations, awaited at 50 in flight', least: 0.7 },
      bare: (setup, seconds) =>
        setup.loader.run(bareJob(setup, 'update-with-start', LOAD, seconds, fresh('started-'), EACH_ITS_OWN)),
      ours: (setup, seconds) =>
        setup.loader.run(
          ourJob(setup, LOAD, seconds, { of: fresh('new-'), conversations: EACH_ITS_OWN, wait: true }),
        ),
    }),
};

interface Compared {
  n: string;
  what: string;
  /** the goal, as a share of the bare rate */
  least: number;
  bare: Measure;
  ours: Measure;
}

/** The goal, as a multiple of the bare p99. */
const MOST_P99 = 2;

async function compared(
  { setup, effort, say, progress }: Bench,
  { n, what, least, bare, ours }: Compared,
): Promise<Line[]> {
  const { seconds, rounds } = effort;
  say('warming up');
  await bare(setup, warmUpSeconds(effort));
  await ours(setup, warmUpSeconds(effort));
  const measured = await interleaved(
    rounds,
    () => bare(setup, seconds),
    () => ours(setup, seconds),
    progress(what),
  );
  const rates = pairsOf(measured, rateOf);
  const tails = pairsOf(measured, ({ latencies }) => quantile(latencies, 0.99));
  const [rate, tail] = [figure(rates.map(ratio)), figure(tails.map(ratio))];
  const shown = { rate: (value: number) => perSecond(value), tail: ms };
  return [
    {
      ...{
        n,
        what: `${what}: rate`,
        goal: `≥ ${round(least)} ×`,
        ...sides(rates, shown.rate),
        ...ratios(rate),
      },
      pass: rate.median >= least,
      raw: { rates, failed: measured.flatMap((r) => r.ours.map((s) => s.failed)) },
    },
    {
      ...{
        n,
        what: `${what}: p99`,
        goal: `≤ ${round(MOST_P99)} ×`,
        ...sides(tails, shown.tail),
        ...ratios(tail),
      },
      pass: tail.median <= MOST_P99,
      raw: { tails },
    },
  ];
}

const rateOf = (sent: Sent) => sent.accepted / ((sent.ended - sent.began) / 1000);

type Pair = [limit: number, ours: number];

const pairsOf = (rounds: Round<Sent, Sent>[], of: (sent: Sent) => number): Pair[] =>
  rounds.map(({ limit, ours }) => [mean(limit.map(of)), mean(ours.map(of))]);

const ratio = ([limit, ours]: Pair) => ours / limit;

const sides = (pairs: Pair[], shown: (value: number) => string) => ({
  limit: shown(median(pairs.map(([limit]) => limit))),
  ours: shown(median(pairs.map(([, ours]) => ours))),
});

const ratios = ({ median: middle, least, most }: ReturnType<typeof figure>) => ({
  ratio: round(middle),
  spread: `${round(least)}–${round(most)}`,
});
