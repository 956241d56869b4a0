/**
 * A bot over HTTP that answers customers and hands over to people: `npx tsx examples/bot/bot.ts support`.
 * The channel posts what customers write to `/messages`: `{"conversation", "id", "text"}`; the bot's texts are its answers.
 */
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { serviceOf } from '../../cli/service';
import { Client } from '../../clients/typescript/src/index';

interface Written {
  conversation: string;
  /** the channel's id of the message */
  id: string;
  text: string;
}

const inbox = process.argv[2] ?? 'support';
const client = new Client(serviceOf({}, process.env));
/** the bot's flows that run, by conversation */
const executions = new Map<string, string>();

async function answer({ conversation, id, text }: Written): Promise<string | null> {
  await client.send(inbox, conversation, { id, type: 'message' }, { wait: 10 });
  const execution = executions.get(conversation) ?? (await started(conversation));
  if (execution === null) return null; // a person has it
  if (/\b(agent|human|person)\b/i.test(text)) {
    await ended(conversation, execution, { assign: { team: 'sales' }, tags: ['bot'] });
    return 'One moment, somebody from sales will answer.';
  }
  if (/\b(bye|thanks)\b/i.test(text)) {
    await ended(conversation, execution, {});
    return 'Good-bye!';
  }
  // a sign of life, so that the flow does not time out
  await client.send(inbox, conversation, { type: 'automatic_message', answers: true, by: 'bot' });
  return 'I can tell you our opening hours: 9 to 5. Write "agent" for a person.';
}

/** @returns null where the rules keep the bot away */
async function started(conversation: string): Promise<string | null> {
  const execution = randomUUID();
  const event = {
    id: `${execution}-start`,
    type: 'flow_start',
    flow: 'hours',
    execution,
    source: 'inbound',
  } as const;
  const { verdict } = await client.send(inbox, conversation, event, { wait: 10 });
  if (verdict === 'refused') return null;
  executions.set(conversation, execution);
  return execution;
}

async function ended(
  conversation: string,
  execution: string,
  how: { assign?: { team: string }; tags?: string[] },
) {
  executions.delete(conversation);
  await client.send(inbox, conversation, { id: `${execution}-end`, type: 'flow_end', execution, ...how });
}

/** A person took over, or a broadcast with priority: the bot must be silent. */
async function stopWhenInterrupted(): Promise<void> {
  for await (const { change } of client.stream(inbox, { types: ['flow.interrupted'] })) {
    if (change?.type !== 'flow.interrupted') continue;
    const { conversation } = change.data.conversation;
    if (executions.get(conversation) === change.data.execution) executions.delete(conversation);
  }
}

const server = createServer((request, response) => {
  const reply = async () => {
    const text = await answer((await json(request)) as Written);
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify({ text }));
  };
  reply().catch((error: unknown) => {
    console.error(error);
    response.writeHead(503).end(); // the channel sends it again, under the same id
  });
});

server.listen(Number(process.env.PORT ?? 4100), '127.0.0.1', () => {
  console.log(`the bot listens on http://127.0.0.1:${(server.address() as AddressInfo).port}/messages`);
});
void stopWhenInterrupted();
