/** Plays stories on the real workflow, all at once, sharing one clock that jumps. */
import { eventSchemas, type Event } from '../../../src/domain/events';
import { settingsSchema, type Settings } from '../../../src/domain/settings';
import type { Answer } from '../../../src/temporal/contract';
import type { TestConversation } from '../support/conversation';
import type { SkippingService } from '../support/skipping';
import { UNSAID } from '../support/unsaid';
import type { Scene, Story } from './story';

/** An event as it was sent. */
export interface Sent {
  event: Event;
  /** when, by the clock of the conversation; in epoch milliseconds */
  at: number;
  /** the inbox's settings at that moment */
  settings_version: number;
  /** what the sender was told, where it asked */
  answer?: Answer;
}

export interface Change {
  settings: Settings;
  at: number;
}

/** What a story has been. */
export interface Played {
  story: Story;
  conversation: TestConversation;
  sent: Sent[];
  /** the settings of version 1, 2, … */
  settings: Change[];
  ended: number;
}

const DAY = 86_400_000;
/** All that can follow by itself from what was sent: at most an auto-close, a survey and an archiving, of a day each. */
const AFTERWARDS = 4 * DAY;

export async function play(service: SkippingService, stories: Story[]): Promise<Played[]> {
  const began = (await service.now()) + 1000;
  const played = await Promise.all(stories.map((story) => prepare(service, story, began)));
  const schedule = played.flatMap((p) =>
    p.story.scenes.map((scene, i) => ({ p, scene, at: began + offset(p, i) })),
  );
  for (const moment of [...new Set(schedule.map(({ at }) => at))].sort((a, b) => a - b)) {
    await service.to(moment);
    const at = await service.now();
    const now = schedule.filter((s) => s.at === moment);
    await Promise.all(
      played.map((p) =>
        enact(
          p,
          now.filter((s) => s.p === p).map((s) => s.scene),
          at,
        ),
      ),
    );
  }
  await service.to((await service.now()) + AFTERWARDS);
  const ended = await service.now();
  return played.map((p) => ({ ...p, ended }));
}

async function prepare(service: SkippingService, story: Story, at: number): Promise<Omit<Played, 'ended'>> {
  const conversation = await service.conversation(story.settings);
  return {
    story,
    conversation,
    sent: [],
    settings: [{ settings: settingsSchema.parse(story.settings), at }],
  };
}

function offset({ story }: { story: Story }, scene: number): number {
  return story.scenes.slice(0, scene + 1).reduce((sum, { wait }) => sum + wait, 0);
}

/** One after the other, without waiting for what comes of a signal. */
async function enact(p: Omit<Played, 'ended'>, scenes: Scene[], at: number): Promise<void> {
  for (const scene of scenes) await enactOne(p, scene, at);
}

async function enactOne(p: Omit<Played, 'ended'>, scene: Scene, at: number): Promise<void> {
  const { conversation: c, sent } = p;
  switch (scene.does) {
    case 'send':
      return send(
        p,
        { id: `e${sent.length + 1}`, type: scene.type, ...fieldsOf(p, scene, at) },
        scene.by,
        at,
      );
    case 'again': {
      const earlier = sent.at(-1 - (scene.back % Math.max(1, sent.length)));
      if (earlier) await c.signal(scene.type, [{ ...UNSAID[scene.type], id: earlier.event.id }]);
      return;
    }
    case 'poison':
      return c.signal(scene.signal, [scene.payload]);
    case 'settings':
      p.settings.push({ settings: settingsSchema.parse(scene.settings), at });
      await c.set(scene.settings);
      return scene.told ? c.tell() : undefined;
  }
}

async function send(
  p: Omit<Played, 'ended'>,
  payload: Record<string, unknown> & { type: Event['type'] },
  by: 'signal' | 'update',
  at: number,
) {
  const event: Event = eventSchemas[payload.type]().parse(payload);
  const sent: Sent = { event, at, settings_version: p.settings.length };
  const before = p.sent.at(-1);
  p.sent.push(sent);
  // the test server, unlike the real one, lets an update overtake signals
  if (by === 'update' && before) await p.conversation.decided(before.event.id);
  if (by === 'update') sent.answer = await p.conversation.decide(payload);
  else await p.conversation.signal(payload.type, [payload]);
}

/** What a scene says of times and names is about the story; here it is about this conversation. */
function fieldsOf(
  { conversation }: { conversation: TestConversation },
  scene: Scene & { does: 'send' },
  at: number,
) {
  const { until, survey, ...fields } = scene.fields;
  return {
    ...fields,
    ...(typeof until === 'string' && { until: new Date(at + Number(until)).toISOString() }),
    ...(typeof survey === 'string' && { survey: conversation.key.conversation + survey }),
  };
}
