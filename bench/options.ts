import { parseArgs } from 'node:util';
import type { Effort } from './row';
import type { SetupName } from './setup';

export interface Options {
  only: string[] | null;
  setup: SetupName;
  effort: Effort;
  /** where results go */
  out: string | undefined;
}

export const USAGE = `npm run bench -- [options]
  --only 1,2,7      some rows; "queue" is the comparison with a job queue, "curves" the plots,
                    "scale" two processes of each, "page" the board in a browser,
                    "told" what it costs that somebody listens
  --quick           fewer and shorter rounds: minutes, not an hour
  --rounds N        rounds of A-B-B-A (9; 2 when quick)
  --seconds N       of load in each measurement (4; 2 when quick)
  --timers N        due in the same second, in row 9 (10,000; 200 when quick)
  --episodes N      in row 14 (1,000,000; 100,000 when quick)
  --open N          conversations, in row open (10,000; 500 when quick)
  --setup NAME      embedded (as npm start), or cluster (Temporal on PostgreSQL, built with Go)
  --out DIR         where the JSON and the plots go (bench/results)`;

export function readOptions(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string' },
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      timers: { type: 'string' },
      episodes: { type: 'string' },
      open: { type: 'string' },
      setup: { type: 'string', default: 'embedded' },
      out: { type: 'string' },
    },
  });
  const { quick, setup } = values;
  if (setup !== 'embedded' && setup !== 'cluster') throw new Error('--setup must be embedded or cluster');
  const rounds = Number(values.rounds ?? (quick ? 2 : 9));
  const seconds = Number(values.seconds ?? (quick ? 2 : 4));
  const timers = Number(values.timers ?? (quick ? 200 : 10_000));
  const open = Number(values.open ?? (quick ? 500 : 10_000));
  const episodes = Number(values.episodes ?? (quick ? 100_000 : 1_000_000));
  if (!(rounds >= 1 && seconds > 0 && timers > 0 && open > 0 && episodes > 0))
    throw new Error('numbers must be above 0');
  return {
    only: values.only?.split(',') ?? null,
    setup,
    effort: { rounds, seconds, quick, timers, open, episodes },
    out: values.out,
  };
}
