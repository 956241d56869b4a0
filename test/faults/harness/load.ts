/** A steady stream of events through the HTTP API. It does not wait when the service fails. */
import { setTimeout as sleep } from 'node:timers/promises';
import { outcomeOf } from '../../../clients/typescript/src/outcome';
import { shownOf, unlessProblem } from '../../../examples/replay/drive';
import type { Client, Reply } from './client';
import { eventOf, type Body } from './events';
import { Random } from './random';

export interface Sent {
  conversation: string;
  /** within one conversation, events of one sender are sent one after the other */
  sender: string;
  event: Body;
  /** the service acknowledged or decided it, so it must be in the timeline */
  accepted: boolean;
  problem?: string;
}

export interface LoadOptions {
  client: Client;
  inbox: string;
  seed: number;
  /** events a second, over all conversations */
  rate: number;
  /** the most events to send */
  most?: number;
  conversations: number;
}

interface Sender {
  conversation: string;
  random: Random;
  n: number;
  waiting: number;
  busy: Promise<void> | null;
}

export class Load {
  readonly sent: Sent[] = [];
  private readonly senders: Sender[];
  private readonly random: Random;
  private off = false;
  private running: Promise<void> | null = null;

  constructor(private readonly options: LoadOptions) {
    const { seed, conversations } = options;
    this.random = new Random(seed);
    this.senders = Array.from({ length: conversations }, (_, i) => ({
      conversation: `c${i}`,
      random: new Random(seed * 1_000 + i),
      n: 0,
      waiting: 0,
      busy: null,
    }));
  }

  get accepted(): number {
    return this.sent.filter((s) => s.accepted).length;
  }

  start(): this {
    this.running ??= this.run();
    return this;
  }

  /** Stops new events; events that wait are still sent. @returns all that was sent */
  async finish(): Promise<Sent[]> {
    this.off = true;
    await this.running;
    for (const sender of this.senders) await sender.busy;
    return this.sent;
  }

  private async run(): Promise<void> {
    const began = performance.now();
    const { rate, most = Infinity } = this.options;
    for (let due = 0; !this.off; await sleep(10)) {
      const target = Math.min(most, ((performance.now() - began) / 1_000) * rate);
      for (; due < target; due += 1) this.arrive(this.random.pick(this.senders));
    }
  }

  private arrive(sender: Sender): void {
    sender.waiting += 1;
    sender.busy ??= this.sendAll(sender).finally(() => (sender.busy = null));
  }

  private async sendAll(sender: Sender): Promise<void> {
    for (; sender.waiting > 0; sender.waiting -= 1) {
      const { conversation, random } = sender;
      sender.n += 1;
      const event = eventOf(random, conversation, sender.n);
      const prefer = preference(random);
      this.sent.push(await post(this.options.client, this.options.inbox, { conversation, event, prefer }));
    }
  }
}

/** Most take the usual answer; some ask for none, some ask for the decision. */
function preference(random: Random): string | undefined {
  const at = random.next();
  return at < 0.3 ? 'respond-async' : at < 0.35 ? 'wait=5' : undefined;
}

interface Post {
  conversation: string;
  event: Body;
  prefer?: string;
  sender?: string;
}

export async function post(
  client: Client,
  inbox: string,
  { conversation, event, prefer, sender }: Post,
): Promise<Sent> {
  const path = `/v1/inboxes/${inbox}/conversations/${conversation}/events`;
  const sent = { conversation, sender: sender ?? 'one', event };
  try {
    const reply = await client.request('POST', path, {
      body: event,
      ...(prefer !== undefined && { headers: { prefer } }),
    });
    return { ...sent, ...shownOf(outcome(event.id, reply)) };
  } catch (error) {
    return { ...sent, accepted: false, problem: String(error) };
  }
}

function outcome(event: string, { status, body }: Reply): Parameters<typeof shownOf>[0] {
  try {
    return outcomeOf(event, 'It', status, body as Parameters<typeof outcomeOf>[3]);
  } catch (error) {
    return unlessProblem(error);
  }
}
