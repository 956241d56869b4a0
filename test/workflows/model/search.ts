/** Looks for a story whose result differs from the rules', and for the smallest story with that fault. */
import fc from 'fast-check';
import type { Service } from '../support/service';
import type { Actor } from './actor';
import { check } from './check';
import { Figures } from './figures';
import { story, type Story } from './story';
import { told } from './story-text';

/** The stage that stories are played on. */
export interface Stage {
  begin(): Promise<Service>;
  /** @param alone whether it is the only story */
  play(service: Service, stories: Story[], alone: boolean): Promise<Actor[]>;
}

const AT_ONCE = 60;
const MOST_SHRINKING_MS = 60_000;

/** @throws when one fails, with the smallest such story as given – when – then */
export async function search(stage: Stage, seed: number, runs: number): Promise<Figures> {
  const figures = new Figures();
  const stories = fc.sample(story, { seed, numRuns: runs });
  const service = await stage.begin();
  for (let from = 0; from < runs; from += AT_ONCE) {
    const actors = await stage.play(service, stories.slice(from, from + AT_ONCE), false);
    const failed = await firstFailure(actors, figures);
    if (!failed) continue;
    await leave(service);
    throw new Error(await smallest(stage, seed, from + failed.index, failed.told));
  }
  await service.stop();
  return figures;
}

/** It does not matter how the worker of a broken workflow stops; the story must still be reported. */
async function leave(service: Service): Promise<void> {
  await service.stop().catch(() => {});
}

async function firstFailure(
  actors: Actor[],
  figures = new Figures(),
): Promise<{ index: number; told: string } | null> {
  // a story that could not end kept others from their end
  const first = actors.findIndex(({ problem }) => problem);
  for (const [index, actor] of actors.entries()) {
    if (first >= 0 && index !== first) continue;
    try {
      figures.note(actor, await check(actor));
    } catch (problem) {
      return { index, told: told(actor.story, problem) };
    }
  }
  return null;
}

/** Plays the same story again, alone, and makes it smaller as long as it still fails. */
async function smallest(stage: Stage, seed: number, run: number, asFound: string): Promise<string> {
  let last = `${asFound}\n(only together with others)`;
  let service = await stage.begin();
  const end = Date.now() + MOST_SHRINKING_MS;
  const alone = fc.asyncProperty(story, async (one) => {
    if (Date.now() > end) return;
    const [actor] = await stage.play(service, [one], true);
    const failure = actor && (await firstFailure([actor]));
    if (!failure) return;
    last = failure.told;
    if (actor.problem) service = await renewed(stage, service);
    throw new Error(failure.told);
  });
  await fc.check(alone, { seed, path: String(run), numRuns: 1 });
  await leave(service);
  return `story ${run} of seed ${seed}\n${last}`;
}

/** A task that does not end would delay the next ones. */
async function renewed(stage: Stage, service: Service): Promise<Service> {
  await leave(service);
  return stage.begin();
}
