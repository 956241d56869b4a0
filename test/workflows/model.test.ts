/**
 * Guarantee 6: decisions match the rules under any interleaving. Plays random stories on the real workflow
 * and compares them with `decide`. Here it plays a few; `npm run test:model` plays 1,000 and more. MODEL_SEED
 * repeats them.
 */
import { search, type Stage } from './model/search';
import { play, rush } from './model/stage';
import { Service } from './support/service';
import { SkippingService } from './support/skipping';

const RUNS = Number(process.env.MODEL_RUNS ?? 20);
const SEED = Number(process.env.MODEL_SEED ?? Date.now() % 1_000_000_000);
const SHRINKING_MS = 180_000;
/** Small, so that most tasks replay the history, as months later. */
const IN_CACHE = { maxCachedWorkflows: 20 };

const onJumpingClock: Stage = {
  begin: () => SkippingService.begin(IN_CACHE),
  play: (service, stories, alone) => play(service as SkippingService, stories, alone ? 5_000 : undefined),
};
const onRealServer: Stage = { begin: () => Service.start(IN_CACHE), play: rush };

it.each([
  { runs: RUNS, where: 'on a clock that jumps', stage: onJumpingClock },
  { runs: Math.ceil(RUNS / 4), where: 'without a pause, on the real server', stage: onRealServer },
])(
  `$runs stories $where come out as decided by the rules (seed ${SEED})`,
  async ({ runs, stage }) => {
    const figures = await search(stage, SEED, runs);
    if (process.env.MODEL_RUNS) process.stdout.write(`seed ${SEED}: ${figures.toString()}\n`);
  },
  60_000 + RUNS * 2000 + SHRINKING_MS,
);
