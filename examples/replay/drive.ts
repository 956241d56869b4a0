/** Sends what is planned: the events of a conversation one after the other, each when it is due. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConversationRecord } from '../../src/domain/record';
import { acceptedAnswer, decidedAnswer, refusedAnswer } from '../service/answers';
import type { Client, Reply } from '../service/client';
import type { Plan, Planned } from './plan';
import { ConcurrencyLimit } from './concurrency-limit';

/** What the service said about an event. */
export interface Decided {
  verdict: 'applied' | 'ignored' | 'refused';
  /** the reason or the rule */
  why: string | null;
  conversation: ConversationRecord;
}

/** The result of posting an event. */
export interface Sent {
  event: string;
  type: string;
  accepted: boolean;
  /** where it was answered with its decision */
  decided?: Decided;
  /** the status of the answer, and what it said, where it was not accepted */
  problem?: string;
  took_ms: number;
}

export interface SentConversation {
  conversation: string;
  /** in the order they were sent */
  events: Sent[];
}

export interface DriveOptions {
  inbox: string;
  /** requests under way at a time */
  concurrency: number;
  /** called after each event with the milliseconds by which it was sent late */
  onSent: (sent: Sent, late_ms: number) => void;
}

/** @throws Away as soon as the service is away for too long */
export async function drive(
  client: Client,
  plans: Plan[],
  options: DriveOptions,
): Promise<SentConversation[]> {
  const slots = new ConcurrencyLimit(options.concurrency);
  const began = performance.now();
  const clock = () => performance.now() - began;
  return Promise.all(
    plans.map(async ({ conversation, events }) => {
      const path = `/v1/inboxes/${options.inbox}/conversations/${conversation}/events`;
      const sent: Sent[] = [];
      let freeAt = 0;
      for (const planned of events) {
        const from = Math.max(planned.due, freeAt + planned.pause);
        if (from > clock()) await sleep(from - clock());
        const [outcome, late_ms] = await slots.within(async () => {
          const late = clock() - from;
          return [await post(client, path, planned), late] as const;
        });
        freeAt = clock();
        sent.push(outcome);
        options.onSent(outcome, late_ms);
      }
      return { conversation, events: sent };
    }),
  );
}

async function post(client: Client, path: string, { event }: Planned): Promise<Sent> {
  const reply = await client.request('POST', path, { body: event });
  return { event: event.id, type: event.type, took_ms: reply.took_ms, ...outcomeOf(reply) };
}

/** A refused event counts as accepted: the refusal is a decision and is in the timeline. */
export function outcomeOf({ status, body }: Reply): Pick<Sent, 'accepted' | 'decided' | 'problem'> {
  if (status === 202 && acceptedAnswer.safeParse(body).success) return { accepted: true };
  if (status === 200) {
    const answer = decidedAnswer.safeParse(body);
    if (answer.success) {
      const { verdict, reason, conversation } = answer.data;
      return { accepted: true, decided: { verdict, why: reason ?? null, conversation } };
    }
  }
  if (status === 409) {
    const answer = refusedAnswer.safeParse(body);
    if (answer.success) {
      const { rule, conversation } = answer.data;
      return { accepted: true, decided: { verdict: 'refused', why: rule, conversation } };
    }
  }
  return { accepted: false, problem: `${status} ${JSON.stringify(body)}` };
}
