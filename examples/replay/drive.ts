/** Sends what is planned: the events of a conversation one after the other, each when it is due. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  ProblemError,
  type Client,
  type Conversation,
  type Outcome,
} from '../../clients/typescript/src/index';
import type { Plan, Planned } from './plan';
import { ConcurrencyLimit } from './concurrency-limit';

/** What the service said about an event. */
export interface Decided {
  verdict: 'applied' | 'ignored' | 'refused';
  /** the reason or the rule */
  why: string | null;
  conversation: Conversation;
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
  /** until it was answered, attempts that failed included */
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

/** @throws UnreachableError as soon as the service is away for too long */
export async function drive(
  client: Pick<Client, 'send'>,
  plans: Plan[],
  options: DriveOptions,
): Promise<SentConversation[]> {
  const slots = new ConcurrencyLimit(options.concurrency);
  const began = performance.now();
  const clock = () => performance.now() - began;
  return Promise.all(
    plans.map(async ({ conversation, events }) => {
      const sent: Sent[] = [];
      let freeAt = 0;
      for (const planned of events) {
        const from = Math.max(planned.due, freeAt + planned.pause);
        if (from > clock()) await sleep(from - clock());
        const [outcome, late_ms] = await slots.within(async () => {
          const late = clock() - from;
          return [await post(client, options.inbox, conversation, planned), late] as const;
        });
        freeAt = clock();
        sent.push(outcome);
        options.onSent(outcome, late_ms);
      }
      return { conversation, events: sent };
    }),
  );
}

async function post(
  client: Pick<Client, 'send'>,
  inbox: string,
  conversation: string,
  { event }: Planned,
): Promise<Sent> {
  const sent = performance.now();
  const outcome = await client.send(inbox, conversation, event).catch(unlessProblem);
  const took_ms = performance.now() - sent;
  return { event: event.id, type: event.type, took_ms, ...shownOf(outcome) };
}

export function unlessProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  throw error;
}

/** A refused event counts as accepted: the refusal is a decision and is in the timeline. */
export function shownOf(outcome: Outcome | ProblemError): Pick<Sent, 'accepted' | 'decided' | 'problem'> {
  if (outcome instanceof ProblemError) return { accepted: false, problem: outcome.message };
  if (outcome.verdict === 'accepted') return { accepted: true };
  return { accepted: true, decided: decidedOf(outcome) };
}

type Decision = Exclude<Outcome, { verdict: 'accepted' }>;

export function decidedOf(outcome: Decision): Decided {
  const { verdict, conversation } = outcome;
  switch (verdict) {
    case 'applied':
      return { verdict, why: null, conversation };
    case 'ignored':
      return { verdict, why: outcome.reason, conversation };
    case 'refused':
      return { verdict, why: outcome.rule, conversation };
  }
}
