/** Figures of all that was sent. */
import type { Sent, SentConversation } from './drive';
import type { Finding, Observed } from './verify';

/** Answers in milliseconds: their number, the median and the p99. */
export interface Answers {
  count: number;
  p50: number;
  p99: number;
}

export interface Tally {
  conversations: number;
  sent: number;
  accepted: number;
  /** decisions on what was sent, from the timelines */
  applied: number;
  ignored: Map<string, number>;
  refused: Map<string, number>;
  /** decisions of timers, by type */
  own: Map<string, number>;
  accepted_answers: Answers;
  decided_answers: Answers;
  /** awaited ones that got 202, because the decision did not come in time */
  undecided: number;
  findings: Finding[];
}

export interface Verified {
  observed: Observed | null;
  findings: Finding[];
}

export function tally(sent: SentConversation[], verified: Verified[]): Tally {
  const events = sent.flatMap((conversation) => conversation.events);
  const entries = verified.flatMap(({ observed }) => observed?.timeline ?? []);
  const theirs = entries.filter((entry) => !entry.event.startsWith('@'));
  const answered = events.filter((event) => event.accepted);
  const of = (verdict: string) => theirs.filter((entry) => entry.verdict === verdict);
  return {
    conversations: sent.length,
    sent: events.length,
    accepted: answered.length,
    applied: of('applied').length,
    ignored: countBy(of('ignored'), (entry) => entry.reason ?? 'no reason'),
    refused: countBy(of('refused'), (entry) => entry.rule ?? 'no rule'),
    own: countBy(
      entries.filter((entry) => entry.event.startsWith('@')),
      (entry) => entry.type,
    ),
    accepted_answers: answersOf(answered.filter((event) => !isAwaited(event))),
    decided_answers: answersOf(answered.filter(isAwaited)),
    undecided: answered.filter((event) => isAwaited(event) && !event.decided).length,
    findings: verified.flatMap(({ findings }) => findings),
  };
}

function answersOf(events: Sent[]): Answers {
  const took = events.map((event) => event.took_ms).sort((a, b) => a - b);
  return { count: took.length, p50: percentile(took, 0.5), p99: percentile(took, 0.99) };
}

/** Messages and replies are answered when they are durable, all others with their decision. */
function isAwaited({ type }: Sent): boolean {
  return type !== 'message' && type !== 'agent_reply';
}

/** The nearest rank, of sorted values; 0 of none. */
export function percentile(sorted: number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}

function countBy<T>(items: T[], name: (item: T) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(name(item), (counts.get(name(item)) ?? 0) + 1);
  return new Map([...counts].sort(([, a], [, b]) => b - a));
}
