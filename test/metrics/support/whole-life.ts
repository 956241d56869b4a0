/** Every type of event and every timer, told by people with names, numbers and words. */
import { Client, Connection } from '@temporalio/client';
import { setTimeout as sleep } from 'node:timers/promises';
import { EVENT_TYPES, type EventType } from '../../../src/domain/events';
import { workflowId } from '../../../src/temporal/contract';
import type { Parts } from '../../support/parts';

/** What no log and no label may hold. Conversations should not be named so, and some will be. */
export const PERSONAL = {
  phone: '5511987654321',
  agent: 'Mariana Albuquerque',
  other: 'joao.pereira@example.com',
  team: 'Time do Bairro',
  tag: 'divida-vencida',
  comment: 'Moro na Rua das Flores 17, me liguem',
  reason: 'o cliente perdeu o emprego',
  flow: 'cobranca-da-joana',
  text: 'Olá, sou a Joana Figueiredo',
} as const;

const { phone, agent, other, team, tag, comment, reason, flow } = PERSONAL;

type Told = { type: EventType } & Record<string, unknown>;

/** Each is one conversation's, in order; together they have every type. */
const LIVES: Told[][] = [
  [
    { type: 'message', by: undefined },
    { type: 'assign', team, agent },
    { type: 'tag_add', tags: [tag, phone] },
    { type: 'tag_remove', tags: [phone] },
    { type: 'agent_reply', agent, by: other },
    { type: 'automatic_message', by: other, answers: true },
    { type: 'mark_unread', by: other },
    { type: 'mark_read', by: other },
    { type: 'mark_read', by: other }, // ignored
    { type: 'snooze', until: '2099', by: other },
    { type: 'unsnooze', by: other },
    { type: 'close', agent, reason },
    { type: 'csat_answer', score: 1 },
    { type: 'csat_comment', comment },
    { type: 'archive', by: other },
    { type: 'unarchive', by: other },
    { type: 'reopen', agent },
    { type: 'close', agent: other, reason },
    { type: 'survey_failed', reason: phone },
    { type: 'opt_out', by: phone },
    { type: 'opt_in', by: phone },
    { type: 'block', by: agent },
    { type: 'unblock', by: agent },
  ],
  [
    { type: 'flow_start', flow, execution: phone },
    { type: 'flow_end', execution: phone, assign: { team, agent }, tags: [tag] },
    { type: 'reopen', agent }, // refused
  ],
];

/** Timers of a second: closed by itself and archived, left in a flow, not answering a survey, snoozed. */
const TIMED: Told[][] = [
  [{ type: 'message' }],
  [{ type: 'flow_start', flow, execution: 'e1' }],
  [{ type: 'message' }, { type: 'close', agent }],
  [{ type: 'message' }, { type: 'snooze', until: 'soon' }],
];

const settings = {
  csat: { enabled: true },
  auto_close: { after_seconds: null },
};
const quick = {
  csat: { enabled: true, timeout_seconds: 1 },
  auto_close: { after_seconds: 1, basis: 'last_activity' },
  auto_archive: { after_seconds: 1 },
  flows: { timeout_seconds: 1 },
};

/** Lives it, and waits until the last timer has acted. @throws where an event is not taken */
export async function live(parts: Parts): Promise<void> {
  const types = new Set(LIVES.flat().map(({ type }) => type));
  const missing = EVENT_TYPES.filter((type) => !types.has(type));
  if (missing.length > 0) throw new Error(`nothing is told of ${missing.join()}`);
  await put(parts, '/v1/inboxes/support', { settings });
  await put(parts, '/v1/inboxes/quick', { settings: quick });
  const all = [
    ...LIVES.map((life, nth) => ({ inbox: 'support', life, nth })),
    ...TIMED.map((life, nth) => ({ inbox: 'quick', life, nth })),
  ];
  await Promise.all(
    all.map(({ inbox, life, nth }) => tellAll(parts, `${inbox}/conversations/${phone}.${nth}`, life)),
  );
  await poison(parts);
  await untilTimersActed(parts);
}

async function tellAll(parts: Parts, conversation: string, life: Told[]): Promise<void> {
  for (const [nth, event] of life.entries()) {
    const until = event.until === 'soon' ? Date.now() + 2_000 : Date.now() + 3_600_000;
    const dated = 'until' in event ? { ...event, until: new Date(until).toISOString() } : event;
    await tell(parts, conversation, { ...dated, id: `wamid.${phone}.${nth}` });
  }
}

/** An event with `wait=10`: when this resolves, it is decided. */
export async function tell(
  { url, key }: Parts,
  conversation: string,
  event: object,
  headers: Record<string, string> = {},
): Promise<void> {
  const response = await fetch(`${url}/v1/inboxes/${conversation}/events`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      prefer: 'wait=10',
      ...headers,
    },
    body: JSON.stringify(event),
  });
  const text = await response.text();
  if (response.status !== 200 && response.status !== 409)
    throw new Error(`${JSON.stringify(event)}: ${text}`);
}

export async function put({ url, key }: Parts, path: string, body: object): Promise<void> {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const response = await fetch(url + path, { method: 'PUT', headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(await response.text());
}

/** What is no event, and what no API would have taken, straight into Temporal. */
async function poison({ temporal, url, key }: Parts): Promise<void> {
  const connection = await Connection.connect({ address: temporal.address });
  const client = new Client({ connection, namespace: temporal.namespace });
  const id = workflowId({ account: 'default', inbox: 'support', conversation: `${phone}.0` });
  const handle = client.workflow.getHandle(id);
  await handle.signal('close', { id: PERSONAL.text, type: 'close', agent: 7, reason });
  await handle.signal(phone, PERSONAL.text);
  await handle.signal('message', { id: 'wamid.again', type: 'message' });
  await handle.signal('message', { id: 'wamid.again', type: 'message', kind: 'media' });
  await connection.close();
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const post = (path: string, body: string) => fetch(url + path, { method: 'POST', headers, body });
  const events = `/v1/inboxes/support/conversations/${phone}.0/events`;
  await post(events, `{"id": "x", "type": "close", "agent": ${PERSONAL.agent}`);
  await post(events, JSON.stringify({ id: 'x', type: 'close', [PERSONAL.text]: 1 }));
  await post(`/v1/${phone}?name=${encodeURIComponent(agent)}`, '{}');
}

async function untilTimersActed({ url, key }: Parts): Promise<void> {
  const done = ['closed', 'closed', 'closed', 'new'];
  for (const end = Date.now() + 30_000; ; await sleep(200)) {
    const states = await Promise.all(
      done.map(async (_, nth) => {
        const response = await fetch(`${url}/v1/inboxes/quick/conversations/${phone}.${nth}`, {
          headers: { authorization: `Bearer ${key}` },
        });
        return (await response.json()) as { status: string; archived: boolean; snoozed_until: null };
      }),
    );
    if (states.every(({ status, archived }) => status === 'closed' && archived)) return;
    if (Date.now() > end) throw new Error(JSON.stringify(states));
  }
}
