/** A conversation in plain words. */
import type { Status, Timer } from '../../src/domain/conversation';
import type { Conversation } from '../../clients/typescript/src/index';
import type { Decided } from '../replay/drive';

const SHOWN_AS: Record<Status, string> = {
  not_contacted: 'Not contacted',
  new: 'New',
  in_progress: 'In progress',
  in_flow: 'In a flow',
  resolved: 'Resolved',
  closed: 'Closed',
};

const COMES: Record<Timer, string> = {
  auto_close: 'auto-close',
  csat_timeout: 'the survey times out',
  auto_archive: 'auto-archive',
  flow_timeout: 'the flow times out',
  snooze: 'the snooze ends',
};

const WHAT_WIDTH = 46;

/** One line: when, what happened, how it was decided, and which timer is next. */
export function line(
  elapsed_ms: number,
  what: string,
  { verdict, why, conversation }: Decided,
  now: number,
): string {
  const when = `${(elapsed_ms / 1000).toFixed(1).padStart(6)} s`;
  const became = verdict === 'applied' ? '' : `${verdict}: ${why ?? 'no reason'} · still `;
  const parts = [...facts(conversation), `next: ${next(conversation, now)}`];
  return `${when}  ${what.padEnd(WHAT_WIDTH)} → ${became}${parts.join(' · ')}`;
}

function facts(c: Conversation): string[] {
  const { survey, flow } = c;
  return [
    SHOWN_AS[c.status],
    ...(c.unread ? ['unread'] : []),
    ...(c.archived ? ['archived'] : []),
    ...(c.blocked ? ['blocked'] : []),
    ...(c.snoozed_until ? ['snoozed'] : []),
    ...(c.assignee.agent ? [`with ${c.assignee.agent}`] : []),
    ...(flow
      ? [`flow ${flow.flow}${flow.interrupted ? `, in place of ${SHOWN_AS[flow.interrupted]}` : ''}`]
      : []),
    ...(survey && c.status !== 'resolved'
      ? [
          `survey ${survey.state}${survey.score ? `, ${survey.score} of 5` : ''}${survey.late ? ', late' : ''}${survey.failure ? `: ${survey.failure}` : ''}`,
        ]
      : []),
    ...(c.episode > 1 ? [`episode ${c.episode}`] : []),
  ];
}

/** What the next timer will do, and in how many seconds. */
function next(c: Conversation, now: number): string {
  if (!c.next) return 'nothing by itself';
  const seconds = Math.max(0, (Date.parse(c.next.due_at) - now) / 1000);
  return `${COMES[c.next.timer]} in ${seconds.toFixed(1)} s`;
}

/** What a timer did, as the demo tells it. */
export function happened(timer: Timer): string {
  return `by itself: ${COMES[timer]}`;
}
