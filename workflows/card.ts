/** What a person reads about a conversation in Temporal's UI. */
import type { Conversation, Deadline, Timer } from '../src/domain/conversation';
import { iso } from '../src/domain/record';
import type { Explanation, Unwritten } from '../src/temporal/contract';
import type { RecentDecision, RunState } from '../src/domain/ledger';

const SHOWN_AS: Record<Conversation['status'], string> = {
  not_contacted: 'Not contacted',
  new: 'New',
  in_progress: 'In progress',
  in_flow: 'In a flow',
  resolved: 'Resolved',
  closed: 'Closed',
};

const WILL: Record<Timer, string> = {
  auto_close: 'it is closed, unless somebody writes',
  csat_timeout: 'the survey expires and it is closed',
  auto_archive: 'it is archived',
  flow_timeout: 'the flow is given up; a person is asked to look if the customer wrote meanwhile',
  snooze: 'its snooze ends and it turns up unread',
};

const MARKS = { archived: 'archived', unread: 'unread', blocked: 'blocked', opted_out: 'opted out' } as const;

export function card(
  c: Conversation,
  recent: RecentDecision[],
  dropped: number,
  unwritten?: Unwritten,
): string {
  const { team, agent } = c.assignee;
  const facts = [
    `## ${[SHOWN_AS[c.status], ...marksOf(c)].join(' · ')}`,
    `- **Assignee**: ${[agent, team].filter(Boolean).join(', ') || 'nobody'}`,
    `- **Waiting since**: ${c.waiting_since === null ? 'nobody is waiting' : shown(iso(c.waiting_since))}`,
    `- **Next**: ${nextInWords(c.next)}`,
    `- **Episode** ${c.episode} · **version** ${c.version}${dropped > 0 ? ` · **dropped** ${dropped}` : ''}`,
    ...(unwritten
      ? [`- **Not written** since ${shown(unwritten.since)}, ${unwritten.tries} tries: ${unwritten.problem}`]
      : []),
  ];
  const decisions = recent.map(
    (t) =>
      `- **${t.type}** ${verdictInWords(t)} · ${t.from === t.to ? t.to : `${t.from} → ${t.to}`} · ${shown(t.at)}`,
  );
  return [...facts, '', '#### Last decisions', ...decisions].join('\n');
}

function marksOf(c: Conversation): string[] {
  return Object.entries(MARKS).flatMap(([mark, words]) => (c[mark as keyof typeof MARKS] ? [words] : []));
}

/** @param counts other numbers to show */
export function explanation(
  held: RunState | null,
  counts: Pick<Explanation, 'dropped' | 'reused' | 'waiting' | 'unwritten'>,
): Explanation {
  if (!held) {
    return {
      status: 'Being loaded',
      next: 'its row is loaded',
      because: 'a run begins with it',
      seq: 0,
      ...counts,
    };
  }
  const { state: c, recent, seq } = held;
  const led = recent.find((t) => t.verdict === 'applied' && t.from !== t.to) ?? recent[0];
  return {
    status: `${SHOWN_AS[c.status]}, version ${c.version}, episode ${c.episode}`,
    next: nextInWords(c.next),
    because: led
      ? `${led.type} (${led.event}) at ${led.at} was ${verdictInWords(led)}: ${led.from} → ${led.to}`
      : 'nothing was decided since this run began',
    seq,
    ...counts,
  };
}

function nextInWords(next: Deadline | null): string {
  return next === null
    ? 'nothing, until somebody acts'
    : `${next.timer} at ${shown(iso(next.due_at))}: ${WILL[next.timer]}`;
}

/** `2026-03-01 09:30:00 UTC` */
function shown(at: string): string {
  return `${at.slice(0, 10)} ${at.slice(11, 19)} UTC`;
}

function verdictInWords({ verdict, reason, rule }: RecentDecision): string {
  const why = reason ?? rule;
  return why ? `${verdict} (${why})` : verdict;
}
