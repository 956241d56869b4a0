/** Plays the scenes of one story on its conversation and records what it did. */
import { eventSchemas, type Event } from '../../../src/domain/events';
import { settingsSchema, type Settings } from '../../../src/domain/settings';
import type { Answer } from '../../../src/temporal/contract';
import type { TestConversation } from '../support/conversation';
import type { Service } from '../support/service';
import { DEFAULT_FIELDS } from '../support/default-fields';
import type { Scene, Story } from './story';

/** An event as it was sent. */
export interface Sent {
  event: Event;
  /** when, by the clock of the conversation; in epoch milliseconds */
  at: number;
  /** the inbox's settings at that moment */
  settings_version: number;
  by: 'signal' | 'update';
  /** earlier events without an answer at that time: only these may be decided after it */
  unanswered: Sent[];
  /** the sender's answer, if it asked for one */
  answer?: Answer;
}

type Payload = Record<string, unknown> & { id: string; type: Event['type'] };

const MOST_WAITED_MS = 40_000;

export class Actor {
  readonly sent: Sent[] = [];
  /** the answers for ids that had been sent before */
  readonly repeated: Answer[] = [];
  /** the settings of version 1, 2, … */
  readonly settings: { settings: Settings; at: number }[];
  ended = Infinity;
  /** why the story could not be played to its end */
  problem?: Error;
  private asked: Promise<void>[] = [];

  private constructor(
    readonly story: Story,
    readonly conversation: TestConversation,
    private readonly service: Service,
    at: number,
  ) {
    this.settings = [{ settings: settingsSchema.parse(story.settings), at }];
  }

  static async of(story: Story, service: Service, at: number): Promise<Actor> {
    return new Actor(story, await service.conversation(story.settings), service, at);
  }

  /** Plays on if it has not failed; records why it fails. */
  async perform(scenes: () => Promise<void>): Promise<void> {
    if (!this.problem) await scenes().catch((error: Error) => (this.problem = error));
  }

  /** Does what the scene says and does not wait for the result. */
  async act(scene: Scene, at: number): Promise<void> {
    const { conversation: c, sent, settings } = this;
    switch (scene.does) {
      case 'send':
        return this.send(
          { id: `e${sent.length + 1}`, type: scene.type, ...this.fieldsOf(scene, at) },
          scene.by,
          at,
        );
      case 'again':
        return this.repeat(scene);
      case 'poison':
        return c.signal(scene.signal, [scene.payload]);
      case 'settings':
        settings.push({ settings: settingsSchema.parse(scene.settings), at });
        await c.set(scene.settings);
        return scene.told ? c.tell() : undefined;
    }
  }

  async allAnswered(): Promise<void> {
    await Promise.all(this.asked.splice(0));
  }

  async allDecided(): Promise<void> {
    const last = this.sent.at(-1);
    if (last) await this.conversation.decided(last.event.id);
  }

  private async send(payload: Payload, by: Sent['by'], at: number): Promise<void> {
    const event: Event = eventSchemas[payload.type]().parse(payload);
    const unanswered = this.sent.filter((s) => s.by === 'update' && !s.answer);
    const sent: Sent = { event, at, settings_version: this.settings.length, by, unanswered };
    this.sent.push(sent);
    if (by === 'update') this.ask(payload, (answer) => (sent.answer = answer));
    else await this.conversation.signal(payload.type, [payload]);
  }

  private async repeat({ type, back, by }: Scene & { does: 'again' }): Promise<void> {
    const arrived = this.sent.filter((s) => s.by === 'signal' || s.answer);
    const earlier = arrived.at(-1 - (back % Math.max(1, arrived.length)));
    if (!earlier) return;
    const payload = { ...DEFAULT_FIELDS[type], id: earlier.event.id };
    if (by === 'update') this.ask({ ...payload, type }, (answer) => this.repeated.push(answer));
    else await this.conversation.signal(type, [payload]);
  }

  private ask(payload: Payload, note: (answer: Answer) => void): void {
    const answered = this.answerTo(payload).then(note);
    answered.catch(() => {}); // reported when all are awaited
    this.asked.push(answered);
  }

  private answerTo(payload: Payload): Promise<Answer> {
    return this.service.client.withDeadline(Date.now() + MOST_WAITED_MS, () =>
      this.conversation.decide(payload),
    );
  }

  /** Turns the story's times and names into those of this conversation. */
  private fieldsOf(scene: Scene & { does: 'send' }, at: number): Record<string, unknown> {
    const { until, survey, ...fields } = scene.fields;
    return {
      ...fields,
      ...(typeof until === 'string' && { until: new Date(at + Number(until)).toISOString() }),
      ...(typeof survey === 'string' && { survey: this.conversation.key.conversation + survey }),
    };
  }
}
