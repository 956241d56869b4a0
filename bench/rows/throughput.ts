import { figure, interleaved } from '../rounds';
import { perSecond, round, type Bench, type Line, type Row } from '../row';
import type { Setup } from '../setup';
import { mean, median, sum } from '../statistics';
import { bareJob, bareLoop, IN_FLIGHT, ourJob, ourLoop, warmUpSeconds, type Sustained } from './load';

/** Accepted, sustained, and commits per event: one closed loop against each side gives all three. */
export const throughput: Row = {
  numbers: ['1', '2', '6'],
  async measure({ setup, effort, say, progress }: Bench): Promise<Line[]> {
    say('warming up');
    const load = { inFlight: IN_FLIGHT };
    await bareLoop(setup, bareJob(setup, 'signal', load, warmUpSeconds(effort)));
    await ourLoop(setup, ourJob(setup, load, warmUpSeconds(effort)));
    const rounds = await interleaved(
      effort.rounds,
      () => withCosts(setup, () => bareLoop(setup, bareJob(setup, 'signal', load, effort.seconds))),
      () => withCosts(setup, () => ourLoop(setup, ourJob(setup, load, effort.seconds))),
      progress('events per second, 50 in flight'),
    );
    const cpu = {
      limit: cpuPerEvent(rounds.flatMap((r) => r.limit)),
      ours: cpuPerEvent(rounds.flatMap((r) => r.ours)),
    };
    const line = (n: string, what: string, goal: number, of: (s: Sustained) => number): Line => {
      const limit = rounds.map((r) => mean(r.limit.map(of)));
      const ours = rounds.map((r) => mean(r.ours.map(of)));
      const ratio = figure(ours.map((o, i) => o / (limit[i] ?? NaN)));
      return {
        ...{ n, what, goal: `≥ ${round(goal)} ×` },
        ...{ limit: perSecond(median(limit)), ours: perSecond(median(ours)) },
        ...{ ratio: round(ratio.median), spread: `${round(ratio.least)}–${round(ratio.most)}` },
        pass: ratio.median >= goal,
        raw: { limit, ours, ratio: ratio.each, cpu_ms_per_event: cpu },
      };
    };
    const commits = figure(
      rounds.map((r) => mean(r.ours.map((o) => (o.commits - o.looks) / o.sent.accepted))),
    );
    return [
      line('1', 'events accepted', 0.9, (s) => s.acceptedPerSecond),
      line('2', 'events sustained, persisted', 0.75, (s) => s.sustainedPerSecond),
      {
        ...{ n: '6', what: 'database commits per event at saturation', goal: '≤ 0.25', limit: '1' },
        ...{ ours: round(commits.median), ratio: round(commits.median) },
        spread: `${round(commits.least)}–${round(commits.most)}`,
        pass: commits.median <= 0.25,
        raw: commits.each,
      },
    ];
  },
};

interface Costs {
  commits: number;
  /** in milliseconds, by part */
  cpu: Record<string, number>;
}

async function withCosts<T>(setup: Setup, work: () => Promise<T>): Promise<T & Costs> {
  const before = { commits: await commitsOf(setup), cpu: setup.cpu() };
  const result = await work();
  const cpu = Object.entries(setup.cpu()).map(([part, ms]) => [part, ms - (before.cpu[part] ?? 0)] as const);
  return { ...result, commits: (await commitsOf(setup)) - before.commits, cpu: Object.fromEntries(cpu) };
}

async function commitsOf({ pool }: Setup): Promise<number> {
  const { rows } = await pool.query<{ n: number }>(
    `SELECT xact_commit::int AS n FROM pg_stat_database WHERE datname = current_database()`,
  );
  return rows[0]?.n ?? 0;
}

/** Processor time saturates a small machine, and depends least on what else the machine does. */
function cpuPerEvent(measured: (Sustained & Costs)[]): Record<string, number> {
  const events = sum(measured.map((m) => m.sent.accepted));
  const parts = Object.keys(measured[0]?.cpu ?? {});
  const per = parts.map((part) => [part, sum(measured.map((m) => m.cpu[part] ?? 0)) / events] as const);
  return { ...Object.fromEntries(per), all: sum(per.map(([, ms]) => ms)) };
}
