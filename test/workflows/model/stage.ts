/** Plays all stories on the real workflow at the same time. */
import { eventually } from '../support/eventually';
import { eventsOf } from '../support/history';
import type { Service } from '../support/service';
import type { SkippingService } from '../support/skipping';
import { Actor } from './actor';
import type { Scene, Story } from './story';

const DAY = 86_400_000;
/**
 * Long enough for all timers after the last event: at most an auto-close, a survey and an archiving, of a day
 * each.
 */
const AFTERWARDS = 4 * DAY;

/**
 * On a clock that jumps and that all stories share.
 * @throws when the clock stands still and no story has failed
 */
export async function play(
  service: SkippingService,
  stories: Story[],
  stuckAfterMs?: number,
): Promise<Actor[]> {
  const began = (await service.now()) + 1000;
  const actors = await Promise.all(stories.map((story) => Actor.of(story, service, began)));
  const moments = new Set(stories.flatMap(({ scenes }) => scenes.map((_, i) => offset(scenes, i))));
  try {
    for (const moment of [...moments].sort((a, b) => a - b)) {
      await service.to(began + moment, stuckAfterMs);
      const at = await service.now();
      await Promise.all(actors.map((actor) => actor.perform(() => inTurn(actor, moment, at))));
    }
    await service.to((await service.now()) + AFTERWARDS, stuckAfterMs);
  } catch (error) {
    await blame(actors, error as Error);
  }
  for (const actor of actors) actor.ended = await service.now();
  return actors;
}

/**
 * Plays the scenes of that moment. Unlike the real one, the test server delivers an update before the signals
 * that came while a task waited. So here an update is sent only when all earlier events are decided.
 */
async function inTurn(actor: Actor, moment: number, at: number): Promise<void> {
  const { scenes } = actor.story;
  for (const scene of scenes.filter((_, i) => offset(scenes, i) === moment)) {
    if ('by' in scene && scene.by === 'update') await actor.allDecided();
    await actor.act(scene, at);
    await actor.allAnswered();
  }
}

/**
 * On the real server and without a pause: no answer is awaited before the next event, so that updates and
 * signals meet.
 */
export function rush(service: Service, stories: Story[]): Promise<Actor[]> {
  return Promise.all(
    stories.map(async (story) => {
      const actor = await Actor.of(story, service, Date.now());
      await actor.perform(async () => {
        for (const scene of story.scenes) await actor.act(scene, Date.now());
        await actor.allAnswered();
        await actor.allDecided();
        // answers when all earlier events are handled
        if (actor.sent.length > 0) await eventually('an answer', () => actor.conversation.record());
      });
      actor.ended = Date.now();
      return actor;
    }),
  );
}

function offset(scenes: Scene[], until: number): number {
  return scenes.slice(0, until + 1).reduce((sum, { wait }) => sum + wait, 0);
}

/** The clock stands still while a task does not end. */
async function blame(actors: Actor[], error: Error): Promise<void> {
  const pending = await Promise.all(actors.map(hasTask));
  if (!pending.includes(true) && !actors.some((a) => a.problem)) throw error;
  for (const actor of actors.filter((_, i) => pending[i])) actor.problem ??= error;
}

async function hasTask({ conversation }: Actor): Promise<boolean> {
  const history = await conversation.history().catch(() => []);
  const ended = ['completed', 'failed', 'timed_out'] as const;
  const count = ended.map((how) => eventsOf(history, `workflow_task_${how}`).length);
  return eventsOf(history, 'workflow_task_scheduled').length > count.reduce((a, b) => a + b);
}
