/** The two loads that most rows compare: events to our API, and signals to workflows that only count them. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Job, Sent } from '../load/job';
import type { Effort } from '../row';
import type { Setup } from '../setup';
import { completions, untilIdle } from './counting';

const CONVERSATIONS = 200;
export const IN_FLIGHT = 50;

/**
 * How long both sides work before anything is measured. V8 still optimizes during some thousand events, and
 * the figures are for a service that runs for months, not for its first minute.
 */
export const warmUpSeconds = ({ quick }: Effort) => (quick ? 2 : 30);

type Load = Job['load'];

let runs = 0;
const runName = () => `e${process.pid}-${++runs}`;

export const names = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, n) => `${prefix}${n}`);

export function bareJob(
  setup: Setup,
  kind: 'signal' | 'update' | 'update-with-start',
  load: Load,
  seconds: number,
  of = 'bare-',
  conversations = CONVERSATIONS,
): Job {
  const { address, namespace } = setup;
  const target = { kind, address, namespace };
  return { target, name: { of, run: runName() }, conversations, load, seconds };
}

export interface OurOptions {
  wait?: boolean;
  sends?: 'messages' | 'closes and reopens';
  listen?: boolean;
  of?: string;
  conversations?: number;
  batch?: number;
  /** the APIs to send to, in turn; by default the setup's own */
  urls?: string[];
}

export function ourJob(setup: Setup, load: Load, seconds: number, options: OurOptions = {}): Job {
  const { key, inbox, databaseUrl } = setup;
  const { wait = false, sends, listen = false, of = 'ours-', conversations = CONVERSATIONS } = options;
  const { urls = [setup.url], batch } = options;
  const target = {
    kind: 'http' as const,
    urls,
    key,
    inbox,
    wait,
    sends,
    batch,
    ...(listen && { databaseUrl }),
  };
  return { target, name: { of, run: runName() }, conversations, load, seconds };
}

/** Events sent, and how long until all of it was done. */
export interface Sustained {
  sent: Sent;
  /** the statements that we asked for it ourselves */
  looks: number;
  /** accepted while it was sent */
  acceptedPerSecond: number;
  /** until the last was done */
  sustainedPerSecond: number;
}

function sustained(sent: Sent, done: number, looks = 0): Sustained {
  const rate = (until: number) => sent.accepted / ((until - sent.began) / 1000);
  return {
    sent,
    looks,
    acceptedPerSecond: rate(sent.ended),
    sustainedPerSecond: rate(Math.max(done, sent.ended)),
  };
}

export async function bareLoop(setup: Setup, job: Job): Promise<Sustained> {
  const sent = await setup.loader.run(job);
  return sustained(sent, await untilIdle(setup.client, names(job.name.of, job.conversations)));
}

export async function ourLoop(setup: Setup, job: Job): Promise<Sustained> {
  const before = await decided(setup, job);
  const sent = await setup.loader.run(job);
  const { at, looks } = await untilDecided(setup, job, before + sent.accepted);
  return sustained(sent, at, 1 + looks);
}

/** From a signal until its task was complete: the limit of "from 202 to the row". */
export async function bareLags(setup: Setup, sent: Sent, { name, conversations }: Job): Promise<number[]> {
  const ids = names(name.of, conversations);
  await untilIdle(setup.client, ids);
  return completions(setup.client, ids, sent.began);
}

/** From its answer until its row was written; 0 if the row was written before the answer arrived. */
export function ourLags({ acknowledged, written }: Sent): number[] {
  return Object.entries(acknowledged).flatMap(([id, at]) => {
    const end = written[id];
    return end === undefined ? [] : [Math.max(0, end - at)];
  });
}

/** How many events of these conversations are in the database. */
async function decided({ pool, inbox }: Setup, { name, conversations }: Job): Promise<number> {
  const { rows } = await pool.query<{ n: number }>(
    `SELECT coalesce(sum(seq), 0)::int AS n FROM conversations
     WHERE account = 'default' AND inbox = $1 AND conversation = ANY ($2)`,
    [inbox, names(name.of, conversations)],
  );
  return rows[0]?.n ?? 0;
}

async function untilDecided(
  setup: Setup,
  job: Job,
  expected: number,
): Promise<{ at: number; looks: number }> {
  const end = Date.now() + 60_000;
  for (let looks = 1; ; looks += 1) {
    const n = await decided(setup, job);
    if (n >= expected) return { at: Date.now(), looks };
    if (Date.now() > end) throw new Error(`${expected - n} accepted events were not written within a minute`);
    await sleep(20);
  }
}
