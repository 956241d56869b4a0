import type { Event } from '../../../clients/typescript/src/index.ts';
import { readAccount } from './account.ts';
import { client } from './session.ts';

/** A small life: a customer asks, the bot and an agent answer, and somebody else still waits. */
const EVENTS: [conversation: string, ...events: Event[]][] = [
  [
    'sample-1',
    { type: 'message' },
    { type: 'agent_reply', agent: 'ana' },
    { type: 'tag_add', tags: ['delivery'] },
    { type: 'message' },
  ],
  ['sample-2', { type: 'message' }],
  ['sample-3', { type: 'flow_start', flow: 'welcome', execution: 'sample-flow', source: 'broadcast' }],
  ['sample-4', { type: 'message' }, { type: 'agent_reply', agent: 'bo' }, { type: 'close', agent: 'bo' }],
  ['sample-4', { type: 'flow_start', flow: 'spring sale', execution: 'sample-sale', source: 'broadcast' }],
];

/** @returns the inbox that they went to: `sample`, made where there is none */
export async function sendSample(inbox: string | null): Promise<string> {
  const to = inbox ?? 'sample';
  if (inbox === null) {
    const settings = { csat: { enabled: true }, auto_close: { after_seconds: 3_600 } };
    await client.value.PUT('/v1/inboxes/{inbox}', { params: { path: { inbox: to } }, body: { settings } });
  }
  const mark = Date.now().toString(36);
  const sent = EVENTS.flatMap(([conversation, ...events]) =>
    events.map((event, i) => ({
      conversation,
      event: { ...event, id: `${conversation}-${mark}-${event.type}-${i}` },
    })),
  );
  await client.value.sendAll(to, sent, { wait: 5 });
  await readAccount();
  return to;
}
