/**
 * Conversations of Chatwoot as lines that an import takes.
 *
 *     node --import tsx examples/moving/chatwoot.ts page-1.json page-2.json … > lines.ndjson
 *
 * The files are answers of `GET /api/v1/accounts/{account}/conversations?status=all&page=N`, as they came.
 */
import { readFileSync } from 'node:fs';

/** What is used of one. Times are in seconds; 0 is none. */
interface Conversation {
  id: number;
  status: 'open' | 'pending' | 'snoozed' | 'resolved';
  unread_count: number;
  muted: boolean;
  labels: string[];
  created_at: number;
  last_activity_at: number;
  first_reply_created_at: number | null;
  waiting_since: number | null;
  snoozed_until: string | null;
  last_non_activity_message: { message_type: number; created_at: number } | null;
  meta: { assignee?: { name: string } | null; team?: { name: string } | null };
}

interface Page {
  data: { payload: Conversation[] };
}

const INCOMING = 0;
const OUTGOING = 1;

const time = (seconds: number | null | undefined) =>
  seconds ? new Date(seconds * 1_000).toISOString() : undefined;

/** A bot's conversation (`pending`) comes as new: its flow is elsewhere, and a person should look. */
function statusOf({ status, first_reply_created_at }: Conversation) {
  if (status === 'resolved') return 'closed';
  return status !== 'pending' && first_reply_created_at ? 'in_progress' : 'new';
}

function lineOf(c: Conversation): object {
  const status = statusOf(c);
  const last = c.last_non_activity_message;
  return {
    conversation: `chatwoot-${c.id}`,
    status,
    unread: c.unread_count > 0,
    assignee: { agent: c.meta.assignee?.name ?? null, team: c.meta.team?.name ?? null },
    tags: c.labels.map((name) => ({ name })),
    blocked: c.muted,
    opened_by: 'message',
    started_at: time(c.created_at),
    first_reply_at: time(c.first_reply_created_at),
    last_activity_at: time(c.last_activity_at),
    ...(last?.message_type === INCOMING && { last_customer_message_at: time(last.created_at) }),
    ...(last?.message_type === OUTGOING && { last_agent_reply_at: time(last.created_at) }),
    // Chatwoot does not say when it was resolved
    ...(status === 'closed'
      ? { closed_at: time(c.last_activity_at) }
      : { waiting_since: time(c.waiting_since) ?? null }),
    ...(c.status === 'snoozed' && c.snoozed_until && { snoozed_until: c.snoozed_until }),
  };
}

for (const file of process.argv.slice(2)) {
  const page = JSON.parse(readFileSync(file, 'utf8')) as Page;
  for (const conversation of page.data.payload)
    process.stdout.write(`${JSON.stringify(lineOf(conversation))}\n`);
}
