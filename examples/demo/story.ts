/**
 * Conversations of the demo. Each step is posted, described in a line, and compared with what is expected.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Status } from '../../src/domain/conversation';
import type { Client, Conversation, Event } from '../../clients/typescript/src/index';
import { decidedOf, type Decided } from '../replay/drive';
import { happened, line } from './narration';

const POLL_MS = 100;
/** How late a timer may be on a busy machine. */
const LATE_BY_MS = 20_000;

export class Story {
  /** steps with an unexpected result */
  readonly surprises: string[] = [];
  private readonly began = Date.now();

  constructor(
    readonly client: Client,
    readonly inbox: string,
    readonly say: (line: string) => void,
  ) {}

  /** A new conversation, and what it is about. */
  about(title: string, conversation: string): Told {
    this.say(`\n${title} (${conversation})`);
    return new Told(this, conversation);
  }

  tell(what: string, decided: Decided, wanted: string): void {
    const now = Date.now();
    this.say(line(now - this.began, what, decided, now));
    const came = decided.verdict === 'refused' ? `refused ${decided.why}` : decided.conversation.status;
    if (came === wanted) return;
    const surprise = `${decided.conversation.conversation}, ${what}: ${came}, where ${wanted} was due`;
    this.surprises.push(surprise);
    this.say(`          ! ${surprise}`);
  }
}

export class Told {
  private steps = 0;

  constructor(
    private readonly story: Story,
    readonly conversation: string,
  ) {}

  /**
   * Posts an event and waits for its decision, also for a message, so that the line can say what was decided.
   * @param to the status it leads to, or `refused <rule>`
   */
  async when(what: string, event: Event, to: Status | `refused ${string}`): Promise<void> {
    this.steps += 1;
    const { client, inbox } = this.story;
    const sent = { ...event, id: `${this.conversation}-${this.steps}` };
    const outcome = await client.send(inbox, this.conversation, sent, { wait: 10 });
    const decided = outcome.verdict === 'accepted' ? await this.asItIs() : decidedOf(outcome);
    this.story.tell(what, decided, to);
  }

  /** Waits until the timer that is due next has acted. */
  async wait(to: Status): Promise<void> {
    const { version, next } = await this.read();
    if (!next) throw new Error(`${this.conversation} waits for nothing`);
    const until = Date.parse(next.due_at) + LATE_BY_MS;
    while (Date.now() < until) {
      await sleep(POLL_MS);
      const conversation = await this.read();
      if (conversation.version === version) continue;
      return this.story.tell(happened(next.timer), { verdict: 'applied', why: null, conversation }, to);
    }
    throw new Error(`${this.conversation}: ${next.timer} was due at ${next.due_at} and did not come`);
  }

  /** Waits until something that came from outside has led to this status. */
  async becomes(what: string, to: Status): Promise<void> {
    const until = Date.now() + LATE_BY_MS;
    let conversation = await this.read();
    while (conversation.status !== to && Date.now() < until) {
      await sleep(POLL_MS);
      conversation = await this.read();
    }
    this.story.tell(what, { verdict: 'applied', why: null, conversation }, to);
  }

  private read(): Promise<Conversation> {
    const params = { path: { inbox: this.story.inbox, conversation: this.conversation } };
    return this.story.client.GET('/v1/inboxes/{inbox}/conversations/{conversation}', { params });
  }

  private async asItIs(): Promise<Decided> {
    return { verdict: 'applied', why: null, conversation: await this.read() };
  }
}
