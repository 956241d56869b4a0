/**
 * Guarantee 6: decisions match the rules under any interleaving. Random stories are played on the real workflow, with a
 * clock that jumps, and compared with `decide`. Short here; `npm run test:model` plays 1,000. MODEL_SEED repeats one.
 */
import fc from 'fast-check';
import { check } from './model/check';
import { play } from './model/stage';
import { story, type Story } from './model/story';
import { told } from './model/told';
import { SkippingService } from './support/skipping';

const RUNS = Number(process.env.MODEL_RUNS ?? 60);
const SEED = Number(process.env.MODEL_SEED ?? Date.now() % 1_000_000_000);
const AT_ONCE = 60;
const MOST_SHRINKING_MS = 120_000;

let service: SkippingService;
beforeAll(async () => {
  // few in the cache: most tasks replay the history, as they would months later
  service = await SkippingService.begin({ maxCachedWorkflows: 20 });
});
afterAll(() => service.stop());

it(
  `${RUNS} stories come out as decided by the rules (seed ${SEED})`,
  async () => {
    const stories = fc.sample(story, { seed: SEED, numRuns: RUNS });
    for (let from = 0; from < RUNS; from += AT_ONCE) {
      const failed = await firstFailure(stories.slice(from, from + AT_ONCE));
      if (failed) throw new Error(await smallest(from + failed.index, failed.told));
    }
  },
  60_000 + RUNS * 2000 + MOST_SHRINKING_MS,
);

async function firstFailure(batch: Story[]): Promise<{ index: number; told: string } | null> {
  const played = await play(service, batch);
  for (const [index, one] of played.entries()) {
    const problem = await check(one).then(
      () => null,
      (error: unknown) => error,
    );
    if (problem !== null) return { index, told: told(one.story, problem) };
  }
  return null;
}

/** The same story again, by itself, and smaller for as long as it still fails. */
async function smallest(run: number, asFound: string): Promise<string> {
  let last = `${asFound}\n(only together with others)`;
  const alone = fc.asyncProperty(story, async (one) => {
    const failure = await firstFailure([one]);
    if (!failure) return;
    last = failure.told;
    throw new Error(failure.told);
  });
  await fc.check(alone, {
    seed: SEED,
    path: String(run),
    numRuns: 1,
    interruptAfterTimeLimit: MOST_SHRINKING_MS,
  });
  return `story ${run} of seed ${SEED}\n${last}`;
}
