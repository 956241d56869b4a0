import type { Conversation, Eligibility, Settings, TimelineEntry } from '../../clients/typescript/src/index';
import type { Add } from '../command';
import { assigneeOf, when } from '../output';

export const addExplain: Add = (program, does) => {
  program
    .command('explain <inbox> <conversation>')
    .description('why a conversation is as it is, what it waits for, and what happens next')
    .action(
      does(async ({ client, output }, inbox: string, conversation: string) => {
        const path = { inbox, conversation };
        const place = '/v1/inboxes/{inbox}/conversations/{conversation}';
        const [c, { settings }, timeline, eligibility] = await Promise.all([
          client.GET(place, { params: { path, query: { consistency: 'strong' } } }),
          client.GET('/v1/inboxes/{inbox}', { params: { path: { inbox } } }),
          client.GET(`${place}/timeline`, { params: { path, query: { limit: 50 } } }),
          client.POST('/v1/inboxes/{inbox}/broadcasts/eligibility', {
            params: { path: { inbox } },
            body: { conversations: [conversation] },
          }),
        ]);
        const told = {
          status: c.status,
          because: cause(c, timeline.items),
          waits: WAITS[c.waiting_on](c),
          next: nextOf(c, settings),
          broadcasts: reachOf(eligibility),
          last_refused: refusalOf(timeline.items),
        };
        output.result({ conversation: c, ...told }, () => [
          `${c.conversation} is ${output.status(c)}${told.because}.`,
          told.waits,
          told.next,
          told.broadcasts,
          ...(told.last_refused === null ? [] : [told.last_refused]),
        ]);
      }),
    );
};

/** The decision that brought it where it is. */
function cause({ status, version }: Conversation, timeline: TimelineEntry[]): string {
  const entry = timeline.find((t) => t.verdict === 'applied' && t.to === status && t.from !== t.to);
  if (!entry) return version === 0 ? ': nothing has happened to it yet' : '';
  const by = entry.by ? ` by ${entry.by}` : '';
  return `: ${entry.type}${by} (${entry.event}) made it so ${when(entry.at)}`;
}

const WAITS: Record<Conversation['waiting_on'], (c: Conversation) => string> = {
  agent: (c) =>
    `The customer waits for an agent, since ${when(c.waiting_since)}; it is assigned to ${assigneeOf(c, 'nobody')}.`,
  customer: () => 'The business had the last word: it waits for the customer.',
  bot: (c) =>
    `The flow ${c.flow?.flow} (${c.flow?.execution}) has it, since ${when(c.flow?.started_at ?? null)}.`,
  survey: (c) =>
    `The survey ${c.survey?.survey} is out since ${when(c.survey?.asked_at ?? null)}, and not answered.`,
  nobody: () => 'It waits for nobody.',
};

/** Which setting makes the next timer, or keeps it from being. */
function nextOf(c: Conversation, { auto_close, auto_archive, csat, flows }: Settings): string {
  const settings: Record<string, string> = {
    auto_close: `auto_close.after_seconds is ${auto_close.after_seconds}, counted by ${auto_close.basis}`,
    auto_archive: `auto_archive.after_seconds is ${auto_archive.after_seconds}`,
    csat_timeout: `csat.timeout_seconds is ${csat.timeout_seconds}`,
    flow_timeout: `flows.timeout_seconds is ${flows.timeout_seconds}`,
    snooze: 'it was snoozed until then',
  };
  if (c.next)
    return `By itself: ${c.next.timer} ${when(c.next.due_at)} (${c.next.due_at}), because ${settings[c.next.timer] ?? 'its settings say so'}.`;
  const working = c.status === 'new' || c.status === 'in_progress';
  if (working && auto_close.after_seconds === null)
    return 'Nothing happens by itself: auto_close.after_seconds is off.';
  if (working) return 'Nothing happens by itself: auto-close waits for the business to have the last word.';
  return 'Nothing happens by itself.';
}

function reachOf({ eligible, outside_window, blocked }: Eligibility): string {
  const [refused] = blocked;
  if (refused) return `A broadcast may not reach it: ${refused.reason}.`;
  if (eligible.length === 0) return '';
  const how =
    outside_window.length > 0
      ? 'only with a template: the channel’s window is closed'
      : 'also without a template';
  return `A broadcast may reach it, ${how}.`;
}

function refusalOf(timeline: TimelineEntry[]): string | null {
  const entry = timeline.find((t) => t.verdict === 'refused');
  return entry
    ? `Last refused: ${entry.type} (${entry.event}) ${when(entry.at)}, by the rule ${entry.rule}.`
    : null;
}
