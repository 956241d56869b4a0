/**
 * The figures of reports, slowly and obviously: from the states of a conversation before and after each
 * decision, with nothing carried along.
 */
import type { Conversation } from '../../src/domain/conversation';
import type { Step } from '../domain/lives';

const WEEK = 7 * 24 * 3_600_000;

const isOver = (c: Conversation) => c.status === 'resolved' || c.status === 'closed';
const applied = (steps: Step[]) => steps.filter((s) => s.decision.verdict === 'applied');
/** A person is awaited, in work or behind a flow. */
const waits = (c: Conversation) => c.waiting_since !== null;
const replies = ({ event, decision }: Step) => event.type === 'agent_reply' && decision.verdict === 'applied';
const named = (s: Step | undefined) => (s?.event.type === 'agent_reply' ? s.event.agent : null);

/** How long `is` was true of the conversation, from the first of these steps to the last. */
function lasted(steps: Step[], is: (c: Conversation) => boolean): number {
  const pieces = steps.slice(1).map((step, i) => (is(steps[i]!.after) ? step.now - steps[i]!.now : 0));
  return pieces.reduce((sum, ms) => sum + ms, 0);
}

export function episodesOf(steps: Step[]) {
  const numbers = [...new Set(steps.map((s) => s.after.episode))].filter((n) => n > 0);
  return numbers.map((n) => episodeOf(n, steps));
}

function episodeOf(episode: number, all: Step[]) {
  const steps = applied(all).filter((s) => s.after.episode === episode);
  const [first, last] = [steps[0]!, steps.at(-1)!];
  const ends = steps.filter((s) => isOver(s.after) && (!isOver(s.before) || s.before.episode !== episode));
  const goesOn = !isOver(last.after);
  const reply = steps.find(replies);
  const before = applied(all).filter((s) => s.after.episode === episode - 1 && isOver(s.after) && !isOver(s.before)).at(-1); // prettier-ignore
  const end = goesOn ? undefined : ends.at(-1);
  const asked = reply && owed(reply, steps);
  const status = (name: string) => lasted(steps, (c) => c.status === name);
  return {
    episode,
    opened_at: first.now,
    opened_by: first.after.opened_by,
    returned: before !== undefined && first.now - before.now < WEEK,
    answered_at: reply?.now ?? null,
    answered_by: named(reply),
    first_closed_at: ends[0]?.now ?? null,
    closed_at: end?.now ?? null,
    closed_by: 'close' in last.after ? last.after.close.by : null,
    closed_agent: 'close' in last.after ? last.after.close.agent : null,
    agent: last.after.assignee.agent,
    team: last.after.assignee.team,
    reopens: steps.filter((s) => s.before.episode === episode && isOver(s.before) && ['new', 'in_progress'].includes(s.after.status)).length, // prettier-ignore
    first_reply: asked ?? null,
    first_resolution: ends[0] ? ends[0].now - first.now : null,
    full_resolution: end ? end.now - first.now : null,
    // of an episode that goes on, what is running is not counted yet
    ...(last.after.status === 'closed' && {
      requester_wait: waitsOf(all).filter((w) => w.episode === episode).reduce((sum, w) => sum + w.took, 0), // prettier-ignore
      agent_wait: lasted(steps, (c) => ['new', 'in_progress'].includes(c.status) && !waits(c)),
      snoozed: lasted(steps, (c) => 'snoozed_until' in c && c.snoozed_until !== null),
      in_new: status('new'),
      in_progress: status('in_progress'),
      in_flow: status('in_flow'),
      in_resolved: status('resolved'),
    }),
  };
}

/** How long an answer was owed before this step, without the time in flows; null if none was. */
function owed(step: Step, steps: Step[]): number | null {
  const since = step.before.waiting_since;
  if (since === null) return null;
  const until = steps.indexOf(step);
  const began = steps.slice(0, until).findLastIndex((s) => !waits(s.before) && waits(s.after));
  const flows = lasted(steps.slice(began, until + 1), (c) => c.status === 'in_flow');
  return Math.max(0, step.now - since - flows);
}

export function waitsOf(all: Step[]) {
  const steps = applied(all);
  const ended = steps.filter((s) => waits(s.before) && !waits(s.after));
  return ended.map((s) => {
    const { episode, opened_by, assignee } = s.after;
    const replied = replies(s);
    return {
      seq: all.indexOf(s) + 1,
      ...{ episode, opened_by },
      ended_at: s.now,
      ended_by: replied
        ? 'reply'
        : s.event.type === 'automatic_message'
          ? 'automatic'
          : s.after.status === 'in_flow'
            ? 'flow'
            : isOver(s.after)
              ? 'close'
              : 'other',
      first: replied && !steps.some((o) => o.after.episode === episode && replies(o) && o.now <= s.now && steps.indexOf(o) < steps.indexOf(s)), // prettier-ignore
      answered_by: replied ? named(s) : null,
      ...assignee,
      took: owed(s, steps) ?? 0,
    };
  });
}

export function flowsOf(all: Step[]) {
  return all.flatMap((s, i) => {
    if (s.event.type !== 'flow_start' || s.decision.verdict === 'ignored') return [];
    const { source, execution } = s.event;
    const rule = s.decision.verdict === 'refused' ? s.decision.rule : null;
    if (rule !== null && source !== 'broadcast') return [];
    const heard = all.slice(i + 1).find(({ event: e, decision: d }) =>
      e.type === 'message' && (d.verdict === 'applied' || (d.verdict === 'ignored' && d.reason === 'courtesy')),
    ); // prettier-ignore
    const runs = (c: Conversation) => c.status === 'in_flow' && c.flow.execution === execution;
    const end = rule === null ? all.slice(i + 1).find((o) => runs(o.before) && !runs(o.after)) : undefined;
    const type = end?.event.type;
    const own = type === 'flow_end' || type === 'flow_timeout';
    const handed = own && end && ['new', 'in_progress'].includes(end.after.status)
      && ((end.event.type === 'flow_end' && end.event.assign !== undefined) || (!waits(end.before) && waits(end.after))); // prettier-ignore
    return [
      {
        seq: i + 1,
        episode: rule === null ? s.after.episode : null,
        opened_by: rule === null ? s.after.opened_by : null,
        started_at: s.now,
        ...{ source, rule },
        ended_at: end?.now ?? null,
        outcome: !end
          ? null
          : end.event.type === 'flow_end'
            ? end.event.outcome
            : type === 'flow_timeout'
              ? 'expired'
              : 'interrupted',
        ended_by: type ?? null,
        handed_over: handed ?? false,
        agent: end?.after.assignee.agent ?? null,
        team: end?.after.assignee.team ?? null,
        answered_at: source === 'broadcast' && rule === null ? (heard?.now ?? null) : null,
      },
    ];
  });
}
