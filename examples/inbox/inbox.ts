/**
 * An inbox at a terminal: `npx tsx examples/inbox/inbox.ts support ana`. It lists the open conversations, shows every change as it
 * comes, and takes `list`, `reply c_1`, `close c_1`, `take c_1`, `quit`.
 */
import { createInterface } from 'node:readline/promises';
import { serviceOf } from '../../cli/service';
import { Client, type Conversation, type Event } from '../../clients/typescript/src/index';

const [inbox = 'support', agent = 'ana'] = process.argv.slice(2);
const client = new Client(serviceOf({}, process.env));
const end = new AbortController();
/** what is shown, by conversation; of two copies the one with the higher version counts */
const open = new Map<string, Conversation>();

function take(conversation: Conversation): void {
  const known = open.get(conversation.conversation);
  if (known && known.version > conversation.version) return;
  if (conversation.status === 'closed' || conversation.archived) open.delete(conversation.conversation);
  else open.set(conversation.conversation, conversation);
}

async function list(): Promise<void> {
  open.clear();
  const query = { status: ['new', 'in_progress', 'in_flow', 'resolved'] as Conversation['status'][] };
  const params = { path: { inbox }, query };
  for await (const found of client.items('/v1/inboxes/{inbox}/conversations', { params })) take(found);
  console.log(open.size === 0 ? 'Nothing is open.' : [...open.values()].map(lineOf).join('\n'));
}

function lineOf({ conversation, status, unread, assignee }: Conversation): string {
  return `${unread ? '•' : ' '} ${conversation.padEnd(20)} ${status.padEnd(12)} ${assignee.agent ?? ''}`;
}

/** The list is read at every reset: at the beginning, and where a change may have been missed. */
async function live(): Promise<void> {
  for await (const { reset, change } of client.stream(inbox, { signal: end.signal })) {
    if (reset) await list();
    else {
      take(change.data.conversation);
      console.log(`${change.type}: ${lineOf(change.data.conversation).trim()}`);
    }
  }
}

const actions: Record<string, Event> = {
  reply: { type: 'agent_reply', agent },
  close: { type: 'close', agent },
  take: { type: 'assign', agent },
};

async function obey(line: string): Promise<void> {
  const [verb = '', conversation] = line.trim().split(/\s+/);
  if (verb === 'quit') end.abort();
  else if (verb === 'list') await list();
  else if (!actions[verb] || conversation === undefined)
    console.log('list, reply c_1, close c_1, take c_1, quit');
  else {
    const outcome = await client.send(inbox, conversation, actions[verb], { wait: 10 });
    if (outcome.verdict === 'refused') console.log(`refused: ${outcome.rule}`);
  }
}

async function main(): Promise<void> {
  const living = live();
  const terminal = createInterface({ input: process.stdin });
  end.signal.addEventListener('abort', () => terminal.close());
  terminal.on('close', () => end.abort());
  terminal.on('line', (line) => void obey(line).catch((error: Error) => console.log(error.message)));
  await living;
  process.stdin.destroy();
}

void main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
