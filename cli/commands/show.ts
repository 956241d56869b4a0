import type { Conversation } from '../../clients/typescript/src/index';
import type { Add, Context } from '../command';
import { assigneeOf, when } from '../output';

interface Options {
  status?: string;
  agent?: string;
  limit: string;
}

export const addShow: Add = (program, does) => {
  program
    .command('show [inbox] [conversation]')
    .description('the inboxes; the counts and the list of one; or one conversation with its last decisions')
    .option('--status <statuses>', 'in the list only these, with commas between')
    .option('--agent <agent>', 'in the list only those of this agent; none: of nobody')
    .option('--limit <n>', 'as many lines', '20')
    .action(
      does(async (context, inbox: string | undefined, conversation: string | undefined, options: Options) => {
        if (inbox === undefined) await inboxes(context);
        else if (conversation === undefined) await list(context, inbox, options);
        else await one(context, inbox, conversation, Number(options.limit));
      }),
    );
};

async function inboxes({ client, output }: Context): Promise<void> {
  const names = [];
  for await (const { inbox } of client.items('/v1/inboxes', { params: {} })) names.push(inbox);
  const items = await Promise.all(
    names.map(async (inbox) => ({
      inbox,
      counts: await client.GET('/v1/inboxes/{inbox}/counts', { params: { path: { inbox } } }),
    })),
  );
  output.result({ items }, () =>
    output.table(
      ['inbox', 'conversations', 'unread', 'new', 'in progress'],
      items.map(({ inbox, counts: c }) => [
        inbox,
        c.total,
        c.unread,
        c.status.new ?? 0,
        c.status.in_progress ?? 0,
      ]),
      'There is no inbox yet.',
    ),
  );
}

async function list({ client, output }: Context, inbox: string, options: Options): Promise<void> {
  const query = {
    ...(options.status !== undefined && { status: options.status.split(',') as Conversation['status'][] }),
    ...(options.agent !== undefined && { agent: options.agent }),
  };
  const path = { inbox };
  const [counts, page] = await Promise.all([
    client.GET('/v1/inboxes/{inbox}/counts', { params: { path, query } }),
    client.GET('/v1/inboxes/{inbox}/conversations', {
      params: { path, query: { ...query, limit: Number(options.limit) } },
    }),
  ]);
  output.result({ counts, ...page }, () => [
    `${counts.total} conversations, ${counts.unread} unread`,
    output.table(
      ['conversation', 'status', 'assignee', 'waiting on', 'last activity', 'next'],
      page.items.map((c) => [
        c.conversation + (c.unread ? ' •' : ''),
        output.status(c),
        assigneeOf(c),
        c.waiting_on,
        when(c.last_activity_at),
        c.next && `${c.next.timer} ${when(c.next.due_at)}`,
      ]),
      'None of them.',
    ),
  ]);
}

async function one(
  { client, output }: Context,
  inbox: string,
  conversation: string,
  limit: number,
): Promise<void> {
  const path = { inbox, conversation };
  const place = '/v1/inboxes/{inbox}/conversations/{conversation}';
  const [found, { items: timeline }] = await Promise.all([
    client.GET(place, { params: { path } }),
    client.GET(`${place}/timeline`, { params: { path, query: { limit } } }),
  ]);
  output.result({ conversation: found, timeline }, () => [
    ...output.facts(factsOf(found, output.status(found))),
    '',
    output.table(
      ['seq', 'when', 'event', 'type', 'by', 'verdict', 'to'],
      timeline.map((t) => [t.seq, when(t.at), t.event, t.type, t.by, [t.verdict, t.reason ?? t.rule].filter(Boolean).join(' '), t.to]), // prettier-ignore
      'Nothing was decided yet.',
    ),
  ]);
}

function factsOf(c: Conversation, status: string): [string, string | number | null | undefined][] {
  const marks = [
    c.unread && 'unread',
    c.archived && 'archived',
    c.blocked && 'blocked',
    c.opted_out && 'opted out',
  ];
  return [
    ['conversation', `${c.inbox}/${c.conversation}`],
    ['status', [status, ...marks].filter(Boolean).join(', ')],
    ['assignee', assigneeOf(c)],
    ['waiting on', c.waiting_on + (c.waiting_since ? `, since ${when(c.waiting_since)}` : '')],
    ['episode', c.episode],
    ['version', c.version],
    ['tags', c.tags.map(({ name, locked }) => (locked ? `${name} (locked)` : name)).join(', ')],
    ['flow', c.flow && `${c.flow.flow} (${c.flow.execution}), since ${when(c.flow.started_at)}`],
    ['survey', c.survey && `${c.survey.state}${c.survey.score === null ? '' : `, ${c.survey.score} of 5`}`],
    ['window', c.window_closes_at && `closes ${when(c.window_closes_at)}`],
    ['snoozed', c.snoozed_until && `until ${when(c.snoozed_until)}`],
    ['closed', c.close && `by ${c.close.agent ?? c.close.by}, ${when(c.closed_at)}`],
    ['next', c.next ? `${c.next.timer} ${when(c.next.due_at)}` : 'nothing by itself'],
  ];
}
